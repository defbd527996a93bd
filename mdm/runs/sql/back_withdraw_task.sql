-- PostgreSQL. The run's questions are asked no longer.   reads: back_task; :now, :back   writes: review_task   grain: task
UPDATE mdm.review_task t
SET state = 'withdrawn', closed_at = :now, closed_run_id = :back, closed_reason = 'the run that asked was taken back'
FROM back_task b WHERE b.act = 'withdraw' AND t.task_id = b.task_id

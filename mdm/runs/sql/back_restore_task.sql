-- PostgreSQL. Questions say again what they said before the run.
-- reads: back_task, review_task_history; :run   writes: review_task   grain: task
UPDATE mdm.review_task t
SET match_weight = h.match_weight, first_stage_weight = h.first_stage_weight, priority = h.priority, detail = h.detail
FROM back_task b
JOIN mdm.review_task_history h ON h.task_id = b.task_id AND h.run_id = :run
WHERE b.act = 'restore' AND t.task_id = b.task_id

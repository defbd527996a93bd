-- PostgreSQL. What questions said by the run.   reads: back_task, review_task; :now, :back   writes: review_task_history   grain: task
INSERT INTO mdm.review_task_history (task_id, match_weight, first_stage_weight, priority, detail, until, run_id)
SELECT t.task_id, t.match_weight, t.first_stage_weight, t.priority, t.detail, :now, :back
FROM back_task b JOIN mdm.review_task t USING (task_id) WHERE b.act = 'restore'

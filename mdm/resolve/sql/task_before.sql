-- PostgreSQL. What a question said until now, where a run found otherwise.
-- reads: review_task, asked_again   writes: review_task_history   grain: task
INSERT INTO mdm.review_task_history (task_id, match_weight, first_stage_weight, priority, detail, until, run_id)
SELECT t.task_id, t.match_weight, t.first_stage_weight, t.priority, t.detail, :now, :run
FROM mdm.review_task t JOIN pg_temp.asked_again a USING (task_id)
WHERE (t.match_weight, t.first_stage_weight, t.priority, t.detail)
      IS DISTINCT FROM (a.match_weight, a.first_stage_weight, a.priority, a.detail)

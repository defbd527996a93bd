-- PostgreSQL. Questions that stand say what a run found. Why and when they were asked first stays.
-- reads: asked_again   writes: review_task   grain: task
UPDATE mdm.review_task t
SET match_weight = a.match_weight, first_stage_weight = a.first_stage_weight, priority = a.priority, detail = a.detail
FROM pg_temp.asked_again a
WHERE a.task_id = t.task_id
  AND (t.match_weight, t.first_stage_weight, t.priority, t.detail)
      IS DISTINCT FROM (a.match_weight, a.first_stage_weight, a.priority, a.detail)

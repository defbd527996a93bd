-- PostgreSQL. Questions the run withdrew are asked again, as old as they are.
-- reads: back_task, review_task; :back   writes: review_task   grain: task
INSERT INTO mdm.review_task
    (task_id, reason, question, record_ids, match_weight, first_stage_weight, priority, detail, state, opened_at,
     opened_run_id, origins)
SELECT gen_random_uuid(), t.reason, t.question, t.record_ids, t.match_weight, t.first_stage_weight, t.priority, t.detail,
       'open', t.opened_at, :back, array_append(coalesce(t.origins, '{}'), t.opened_run_id)
FROM back_task b JOIN mdm.review_task t USING (task_id)
WHERE b.act = 'reopen'
  AND NOT EXISTS (SELECT FROM mdm.review_task o WHERE o.question = t.question AND o.state = 'open')

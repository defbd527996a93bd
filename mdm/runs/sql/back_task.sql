-- PostgreSQL. Questions a run opened, withdrew or changed, as far as nobody has gone on from there. act: withdraw, reopen, restore.
-- reads: review_task, review_task_history, run, back_held_record; :run, :number   grain: task
WITH later AS (
    SELECT h.task_id FROM mdm.review_task_history h JOIN mdm.run r USING (run_id) WHERE r.number > :number
), mine AS (
    SELECT task_id, record_ids, 'withdraw' AS act FROM mdm.review_task
    WHERE state = 'open' AND (opened_run_id = :run OR CAST(:run AS uuid) = ANY (origins))
      AND task_id NOT IN (SELECT task_id FROM later)
    UNION ALL
    SELECT task_id, record_ids, 'reopen' FROM mdm.review_task t WHERE closed_run_id = :run AND state = 'withdrawn'
    UNION ALL
    SELECT t.task_id, t.record_ids, 'restore'
    FROM mdm.review_task t
    WHERE t.state = 'open' AND t.opened_run_id <> :run AND NOT coalesce(CAST(:run AS uuid) = ANY (t.origins), false)
      AND EXISTS (SELECT FROM mdm.review_task_history h WHERE h.task_id = t.task_id AND h.run_id = :run)
      AND t.task_id NOT IN (SELECT task_id FROM later)
)
SELECT * FROM mine m
WHERE NOT EXISTS (SELECT FROM back_held_record h WHERE h.record_id = ANY (m.record_ids))

-- PostgreSQL. Proposals the run withdrew are made again; one that was approved is.
-- reads: back_held_golden, proposed_change; :run, :back   writes: proposed_change   grain: proposal
INSERT INTO mdm.proposed_change
    (change_id, golden_id, record_id, system, object, source_id, attribute, old_value, new_value, review, state, reason,
     opened_at, run_id, decided_by, origins)
SELECT gen_random_uuid(), c.golden_id, c.record_id, c.system, c.object, c.source_id, c.attribute, c.old_value, c.new_value,
       c.review, CASE WHEN c.decided_by IS NULL THEN 'proposed' ELSE 'approved' END, c.reason, c.opened_at, :back, c.decided_by,
       array_append(coalesce(c.origins, '{}'), c.run_id)
FROM mdm.proposed_change c
WHERE c.closed_run_id = :run AND c.state = 'withdrawn'
  AND NOT EXISTS (SELECT FROM back_held_golden g WHERE g.golden_id = c.golden_id)
  AND NOT EXISTS (
      SELECT FROM mdm.proposed_change o
      WHERE o.record_id = c.record_id AND o.attribute = c.attribute AND o.state IN ('proposed', 'approved')
  )

-- PostgreSQL. Records whose place a run judged: the cross-reference it closed (was), the golden id it opened (became), and what
-- is open now; ours: the open one is the run's, or a rollback opened the run's again.
-- reads: cross_reference; :run   grain: source record
WITH closed AS (
    SELECT record_id, cross_reference_id, golden_id FROM mdm.cross_reference WHERE closed_run_id = :run
), opened AS (
    SELECT record_id, golden_id, closed_run_id FROM mdm.cross_reference WHERE run_id = :run
)
SELECT record_id, c.cross_reference_id AS was_id, c.golden_id AS was, o.golden_id AS became,
       n.cross_reference_id AS now_id, n.run_id AS now_run, o.closed_run_id AS ended_by,
       coalesce(n.run_id = :run OR CAST(:run AS uuid) = ANY (n.origins), false) AS ours
FROM closed c
FULL JOIN opened o USING (record_id)
LEFT JOIN (SELECT * FROM mdm.cross_reference WHERE until IS NULL) n USING (record_id)

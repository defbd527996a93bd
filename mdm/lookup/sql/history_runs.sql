-- The runs that wrote a history, in their order.
-- Reads:  run; :run_ids
-- Grain:  one run
SELECT run_id, number, kind, actor, started_at, of_run_id FROM mdm.run WHERE run_id = any(CAST(:run_ids AS uuid[])) ORDER BY number

-- PostgreSQL. What a run did to some golden ids.   reads: golden_id_event; :run, :golden   grain: event
SELECT golden_id, kind, other_ids FROM mdm.golden_id_event
WHERE golden_id = any(CAST(:golden AS uuid[])) AND run_id = :run ORDER BY event_id

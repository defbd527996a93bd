-- PostgreSQL. What happened to a golden id last.   reads: golden_id_event; :golden_id   grain: at most one row
SELECT event_id, kind, other_ids, at, run_id FROM mdm.golden_id_event WHERE golden_id = :golden_id ORDER BY event_id DESC LIMIT 1

-- The life of a golden id in the order in which it was written.
-- Reads:  golden_id_event; :golden_id
-- Grain:  one event
SELECT kind, at, other_ids, run_id FROM mdm.golden_id_event WHERE golden_id = :golden_id ORDER BY event_id

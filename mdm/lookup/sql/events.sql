-- The life of a golden id, and events of others that name it, oldest first.
-- Reads:  golden_id_event; :golden_id
-- Grain:  one event
SELECT golden_id, kind, at, other_ids
FROM mdm.golden_id_event
WHERE golden_id = :golden_id OR :golden_id = ANY(other_ids)
ORDER BY event_id

-- PostgreSQL. The ids whose last event is that they were merged into this one.   reads: golden_id_event; :golden_id   grain: golden id
SELECT e.golden_id, e.at
FROM mdm.golden_id_event e
WHERE e.kind = 'merged' AND :golden_id = any(e.other_ids)
  AND NOT EXISTS (SELECT FROM mdm.golden_id_event l WHERE l.golden_id = e.golden_id AND l.event_id > e.event_id)
ORDER BY e.event_id DESC

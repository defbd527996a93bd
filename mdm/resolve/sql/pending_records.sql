-- PostgreSQL. Queued live source records whose standardised form is missing or out of date.
-- reads: resolve_queue, source_record, standardised_record   grain: source record
SELECT s.record_id, s.version, s.entity_type, s.attributes::text AS attributes
FROM (SELECT DISTINCT record_id FROM mdm.resolve_queue WHERE seq <= :through) q
JOIN mdm.source_record s ON s.record_id = q.record_id AND s.superseded_at IS NULL AND NOT s.deleted
LEFT JOIN mdm.standardised_record d ON d.record_id = s.record_id
WHERE d.record_id IS NULL OR d.version <> s.version OR d.standardiser <> :standardiser

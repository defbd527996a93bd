-- PostgreSQL. Live source records whose standardised form is missing or out of date.
-- reads: source_record, standardised_record, resolve_queue   grain: source record
SELECT s.record_id, s.version, s.entity_type, s.attributes::text AS attributes
FROM mdm.source_record s
LEFT JOIN mdm.standardised_record d ON d.record_id = s.record_id
WHERE s.superseded_at IS NULL AND NOT s.deleted
  AND (:everything OR s.record_id IN (SELECT record_id FROM mdm.resolve_queue WHERE seq <= :through))
  AND (d.record_id IS NULL OR d.version <> s.version OR d.standardiser <> :standardiser)

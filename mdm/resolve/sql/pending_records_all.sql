-- PostgreSQL. All live source records whose standardised form is missing or out of date, queued or not.
-- reads: source_record, standardised_record   grain: source record
SELECT s.record_id, s.version, s.entity_type, s.attributes::text AS attributes
FROM mdm.source_record s
LEFT JOIN mdm.standardised_record d ON d.record_id = s.record_id
WHERE s.superseded_at IS NULL AND NOT s.deleted
  AND (d.record_id IS NULL OR d.version <> s.version OR d.standardiser <> :standardiser)

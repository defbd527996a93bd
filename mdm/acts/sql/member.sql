-- PostgreSQL. The source records of living golden records.
-- reads: cross_reference, record_key, golden_record, golden_id; :golden   grain: source record
SELECT x.record_id, k.system, k.object, k.source_id, x.golden_id, x.since, g.entity_type, i.created_at
FROM mdm.cross_reference x
JOIN mdm.record_key k ON k.record_id = x.record_id
JOIN mdm.golden_id i ON i.golden_id = x.golden_id
LEFT JOIN mdm.golden_record g ON g.golden_id = x.golden_id AND g.valid_to IS NULL
WHERE x.until IS NULL AND x.golden_id = any(CAST(:golden AS uuid[]))
ORDER BY k.system, k.object, k.source_id

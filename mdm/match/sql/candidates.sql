-- Records in comparable form, with their keys and the customers they belong to (none: not resolved yet).
-- Reads:  standardised_record, record_key, cross_reference; :ids, :entity_type
-- Grain:  live record of that type
SELECT s.record_id, s.match::text AS match, k.system, k.object, k.source_id, x.golden_id
FROM mdm.standardised_record s
JOIN mdm.record_key k ON k.record_id = s.record_id
LEFT JOIN mdm.cross_reference x ON x.record_id = s.record_id AND x.until IS NULL
WHERE s.record_id = any(CAST(:ids AS bigint[])) AND s.entity_type = :entity_type

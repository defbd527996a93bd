-- The source records of a golden record with their standardised values.
-- Reads:  cross_reference, record_key, source_record, standardised_record; :golden_id
-- Grain:  one source record
SELECT
    x.record_id, k.system, k.object, k.source_id, x.grade, x.match_weight, x.reason, x.since, s.version, s.source_time,
    s.received_time, s.deleted, t.version AS standardised_version, t."values"
FROM mdm.cross_reference x
JOIN mdm.record_key k ON k.record_id = x.record_id
JOIN mdm.source_record s ON s.record_id = x.record_id AND s.superseded_at IS NULL
LEFT JOIN mdm.standardised_record t ON t.record_id = x.record_id
WHERE x.golden_id = :golden_id AND x.until IS NULL
ORDER BY k.system, k.object, k.source_id

-- The source records of a golden record, how they are held.
-- Reads:  cross_reference, record_key, source_record; :golden_id
-- Grain:  one source record
SELECT x.record_id, k.system, k.object, k.source_id, x.grade, x.match_weight, x.reason, x.since, s.deleted
FROM mdm.cross_reference x
JOIN mdm.record_key k ON k.record_id = x.record_id
JOIN mdm.source_record s ON s.record_id = x.record_id AND s.superseded_at IS NULL
WHERE x.golden_id = :golden_id AND x.until IS NULL
ORDER BY k.system, k.object, k.source_id

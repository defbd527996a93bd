-- Missed pairs of one entity type with their weight: the stored one, or the one they would have.
-- Reads:  missed_pair, of_type, fresh
-- Writes: of_one_type
-- Grain:  unordered pair of records
SELECT m.record_a, m.record_b, coalesce(m.match_weight, f.match_weight) AS match_weight
FROM missed_pair m
SEMI JOIN of_type a ON a.record_id = m.record_a
LEFT JOIN fresh f ON f.record_a = m.record_a AND f.record_b = m.record_b
WHERE m.type_a = m.type_b

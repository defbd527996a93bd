-- Missed pairs of one entity type without a stored weight.
-- Reads:  missed_pair, of_type
-- Writes: unstored
-- Grain:  unordered pair of records
SELECT record_a, record_b
FROM missed_pair
SEMI JOIN of_type a ON a.record_id = record_a
SEMI JOIN of_type b ON b.record_id = record_b
WHERE match_weight IS NULL

-- The stored pairs of one entity type's records that blocking made; those only a component compared are weighed again.
-- Reads:  stored, record
-- Writes: fresh_pair
-- Grain:  unordered pair of records
SELECT s.record_a, s.record_b, s.match_weight, s.first_stage_weight
FROM stored s SEMI JOIN record a ON a.record_id = s.record_a SEMI JOIN record b ON b.record_id = s.record_b
WHERE NOT s.completed

-- The stored weights among some records.
-- Reads:  scored_pair; :ids
-- Grain:  unordered pair of records
SELECT record_a, record_b, match_weight, first_stage_weight, rules_version
FROM mdm.scored_pair
WHERE record_a = ANY(CAST(:ids AS bigint[])) AND record_b = ANY(CAST(:ids AS bigint[]))
ORDER BY record_a, record_b

-- Every stored match weight.
-- Reads:  scored_pair (PostgreSQL)
-- Writes: stored (DuckDB)
-- Grain:  unordered pair of records
SELECT record_a, record_b, match_weight, first_stage_weight, completed FROM mdm.scored_pair

-- The golden id each affected record has now.
-- Reads:  previous
-- Writes: identity_before
-- Grain:  record_id
SELECT record_id, golden_id FROM previous

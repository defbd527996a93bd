-- The golden id each affected record has now, and since when where the caller says so.
-- Reads:  previous
-- Writes: identity_before
-- Grain:  record_id
SELECT NULL::TIMESTAMPTZ AS since WHERE false UNION ALL BY NAME SELECT * FROM previous

-- Nothing is known of records beside who held them.
-- Reads:  nothing
-- Writes: identity_circumstance
-- Grain:  record_id
SELECT NULL::BIGINT AS record_id, NULL::BOOLEAN AS restless, NULL::VARCHAR AS content WHERE false

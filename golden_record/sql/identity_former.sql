-- Last members of golden ids that are no longer in use and may come back (an unmerge).
-- Reads:  former, previous
-- Writes: identity_before
-- Grain:  record_id, golden_id
SELECT DISTINCT record_id, golden_id, NULL::TIMESTAMPTZ AS since FROM former WHERE golden_id NOT IN (SELECT golden_id FROM previous)

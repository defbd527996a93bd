-- Last members of golden ids that are no longer in use and may come back (an unmerge); who has vanished since counts no more.
-- Reads:  former, previous, cluster
-- Writes: identity_before
-- Grain:  record_id, golden_id
SELECT DISTINCT f.record_id, f.golden_id, NULL::TIMESTAMPTZ AS since
FROM former f
SEMI JOIN cluster c ON c.record_id = f.record_id
WHERE f.golden_id NOT IN (SELECT golden_id FROM previous)

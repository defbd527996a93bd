-- The blocking keys that the records of a pair share.
-- Reads:  unstored, key_all, key_usable
-- Writes: shared_key
-- Grain:  pair x key
SELECT u.record_a, u.record_b, a.key, a.rule, EXISTS (FROM key_usable k WHERE k.key = a.key) AS usable
FROM unstored u
JOIN key_all a ON a.record_id = u.record_a
JOIN key_all b ON b.record_id = u.record_b AND b.key = a.key

-- Who carries the given blocking keys. Of each key at most so many are looked at as tell that they are too many, so that
-- a value that 100 000 records carry costs no more than any other.
-- Reads:  blocking_key; :keys, :most (one for each key)
-- Grain:  key that somebody carries
SELECT g.key, array_agg(c.record_id) AS record_ids
FROM unnest(CAST(:keys AS bigint[]), CAST(:most AS integer[])) AS g (key, most)
CROSS JOIN LATERAL (SELECT b.record_id FROM mdm.blocking_key b WHERE b.key = g.key LIMIT g.most) c
GROUP BY g.key

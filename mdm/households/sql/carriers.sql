-- PostgreSQL. Who carries the given keys; of each key at most so many, so that a hot one is recognised without reading it whole.
-- reads: household_key   grain: key x golden record
SELECT k.key, b.golden_id
FROM unnest(CAST(:keys AS bigint[]), CAST(:most AS integer[])) AS k (key, most)
CROSS JOIN LATERAL (SELECT golden_id FROM mdm.household_key h WHERE h.key = k.key LIMIT k.most) b

-- PostgreSQL. Who shares a blocking key with the given records; per key at most :most carriers are looked at, which is one
-- more than any rule allows, so that a hot key is recognised without reading it whole. The given records are always among them.
-- reads: blocking_key   grain: key x record, some twice
WITH mine AS MATERIALIZED (
    SELECT DISTINCT key, record_id, rule FROM mdm.blocking_key WHERE record_id = any(CAST(:ids AS bigint[]))
)
SELECT m.key, b.record_id, m.rule
FROM (SELECT DISTINCT key, rule FROM mine) m
CROSS JOIN LATERAL (SELECT record_id FROM mdm.blocking_key k WHERE k.key = m.key LIMIT :most) b
UNION ALL
SELECT key, record_id, rule FROM mine

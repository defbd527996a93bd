-- What a tried blocking rule costs: pairs that no present rule makes, its largest block, keys that too many records carry.
-- reads: tried_key(key, record_id), candidate(record_a, record_b)   writes: nothing   grain: one row
WITH block AS (
    SELECT key, count(*) AS n FROM tried_key GROUP BY key
), member AS (
    SELECT t.key, t.record_id FROM tried_key t SEMI JOIN (SELECT key FROM block WHERE n BETWEEN 2 AND $most) USING (key)
), pair AS (
    SELECT DISTINCT a.record_id AS record_a, b.record_id AS record_b
    FROM member a JOIN member b ON a.key = b.key AND a.record_id < b.record_id
)
SELECT (SELECT count(*) FROM pair ANTI JOIN candidate USING (record_a, record_b)),
       (SELECT coalesce(max(n), 0) FROM block), (SELECT count(*) FROM block WHERE n > $most)

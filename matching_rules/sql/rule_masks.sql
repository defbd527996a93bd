-- How many candidate pairs each combination of rules makes; bit r of `mask` is set where rule r paired them.
-- reads: $keys(key, record_id, rule), key_state   writes: nothing   grain: mask
WITH member AS (
    SELECT k.key, k.record_id, k.rule FROM $keys k
    SEMI JOIN (SELECT key FROM key_state WHERE state = 'used' AND n > 1) USING (key)
), pair AS (
    SELECT a.record_id AS record_a, b.record_id AS record_b, bit_or(1::BIGINT << a.rule) AS mask
    FROM member a JOIN member b ON a.key = b.key AND a.record_id < b.record_id
    GROUP BY ALL
)
SELECT mask, count(*) AS pairs FROM pair GROUP BY mask

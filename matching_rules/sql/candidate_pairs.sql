-- Candidate pairs: records that share a key which is not carried by too many. `rule` is the first rule that paired them.
-- reads: $keys(key, record_id, rule), largest_block(rule, largest)   writes: nothing   grain: unordered pair of records
WITH usable AS (
    SELECT k.key, any_value(k.rule) AS rule
    FROM $keys k JOIN largest_block b USING (rule)
    GROUP BY k.key
    HAVING count(*) BETWEEN 2 AND any_value(b.largest)
), member AS (
    SELECT k.key, k.record_id, k.rule FROM $keys k SEMI JOIN usable USING (key)
)
SELECT a.record_id AS record_a, b.record_id AS record_b, min(a.rule) AS rule
FROM member a JOIN member b ON a.key = b.key AND a.record_id < b.record_id
GROUP BY ALL

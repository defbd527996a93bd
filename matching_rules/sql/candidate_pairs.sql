-- Candidate pairs: records that share a key which is not carried by too many. `rule` is the first rule that paired them.
-- reads: $member(key, record_id, rule)   writes: nothing   grain: unordered pair of records
WITH member AS (FROM $member)
SELECT a.record_id AS record_a, b.record_id AS record_b, min(a.rule) AS rule
FROM member a JOIN member b ON a.key = b.key AND a.record_id < b.record_id
GROUP BY ALL

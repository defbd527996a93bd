-- Pairs of records of one cluster, with the rules (as bits) that paired them, those whose key they share but that was skipped as
-- too large or as noise, and those by which both have a key at all.
-- reads: $clusters(record_id, cluster_key), $keys(key, record_id, rule), key_state   writes: nothing   grain: unordered pair of records
WITH small AS (
    SELECT cluster_key FROM $clusters GROUP BY cluster_key HAVING count(*) BETWEEN 2 AND $largest
), member AS (
    SELECT * FROM $clusters SEMI JOIN small USING (cluster_key)
), pair AS (
    SELECT a.record_id AS record_a, b.record_id AS record_b
    FROM member a JOIN member b ON a.cluster_key = b.cluster_key AND a.record_id < b.record_id
), of_member AS (
    SELECT k.*, m.cluster_key FROM $keys k JOIN member m USING (record_id)
), shared AS (
    SELECT a.record_id AS record_a, b.record_id AS record_b,
           bit_or(CASE WHEN s.state = 'used' THEN 1::BIGINT << a.rule ELSE 0 END) AS used,
           bit_or(CASE WHEN s.state = 'large' THEN 1::BIGINT << a.rule ELSE 0 END) AS too_large,
           bit_or(CASE WHEN s.state = 'noise' THEN 1::BIGINT << a.rule ELSE 0 END) AS noise
    FROM of_member a
    JOIN of_member b ON a.cluster_key = b.cluster_key AND a.key = b.key AND a.record_id < b.record_id
    JOIN key_state s ON s.key = a.key
    GROUP BY ALL
), has AS (
    SELECT record_id, bit_or(1::BIGINT << rule) AS rules FROM of_member GROUP BY record_id
)
SELECT p.record_a, p.record_b, coalesce(s.used, 0) AS used, coalesce(s.too_large, 0) AS too_large,
       coalesce(s.noise, 0) AS noise, coalesce(a.rules, 0) & coalesce(b.rules, 0) AS comparable
FROM pair p
LEFT JOIN shared s USING (record_a, record_b)
LEFT JOIN has a ON a.record_id = p.record_a
LEFT JOIN has b ON b.record_id = p.record_b
ORDER BY p.record_a, p.record_b

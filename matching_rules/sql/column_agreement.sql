-- Pairs of records in one cluster: per column, those where both sides hold a value, and those that agree.
-- reads: $records (typed), $clusters(record_id, cluster_key)   writes: nothing   grain: one row
WITH chosen AS (
    SELECT cluster_key FROM $clusters GROUP BY cluster_key HAVING count(*) BETWEEN 2 AND 30
    ORDER BY hash(cluster_key), cluster_key LIMIT $most
), member AS (
    SELECT c.cluster_key, r.* FROM $clusters c SEMI JOIN chosen USING (cluster_key) JOIN $records r USING (record_id)
)
SELECT $counts FROM member a JOIN member b ON a.cluster_key = b.cluster_key AND a.record_id < b.record_id

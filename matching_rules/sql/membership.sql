-- What holds each record in its cluster: the cluster's size and the record's strongest pair inside it (null when alone).
-- reads: cluster, known_pair   writes: nothing   grain: one row per record
WITH inside AS (
    SELECT p.record_a, p.record_b, p.match_weight
    FROM known_pair p
    JOIN cluster a ON a.record_id = p.record_a
    JOIN cluster b ON b.record_id = p.record_b AND b.cluster_key = a.cluster_key
), strongest AS (
    SELECT record_id, max(match_weight) AS match_weight
    FROM (SELECT record_a AS record_id, match_weight FROM inside UNION ALL SELECT record_b, match_weight FROM inside)
    GROUP BY record_id
), sized AS (SELECT cluster_key, count(*) AS size FROM cluster GROUP BY cluster_key)
SELECT c.record_id, c.cluster_key, z.size, s.match_weight
FROM cluster c JOIN sized z USING (cluster_key) LEFT JOIN strongest s USING (record_id)

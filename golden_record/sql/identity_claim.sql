-- How many records of each cluster each earlier golden id holds, in the one order in which ids are given out.
-- Reads:  cluster, identity_before (record_id, golden_id, since), golden_age
-- Writes: identity_claim
-- Grain:  cluster_key, golden_id
-- place: most records held; then who has held the id longest; then the id with more records; the oldest; id text; the larger cluster; smallest record
SELECT
    c.cluster_key, p.golden_id, count(*) AS held, any_value(t.total) AS total,
    row_number() OVER (
        ORDER BY count(*) DESC, min(p.since) NULLS LAST, any_value(t.total) DESC, any_value(a.created_at) NULLS LAST, p.golden_id::VARCHAR,
            any_value(s.size) DESC, any_value(s.first_record)
    ) AS place
FROM cluster c
JOIN identity_before p ON p.record_id = c.record_id
JOIN (SELECT golden_id, count(*) AS total FROM identity_before GROUP BY golden_id) t ON t.golden_id = p.golden_id
JOIN (SELECT cluster_key, count(*) AS size, min(record_id) AS first_record FROM cluster GROUP BY cluster_key) s
    ON s.cluster_key = c.cluster_key
LEFT JOIN golden_age a ON a.golden_id = p.golden_id
GROUP BY c.cluster_key, p.golden_id

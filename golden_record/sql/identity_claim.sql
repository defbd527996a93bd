-- How many records of each cluster each earlier golden id holds, in the one order in which ids are given out.
-- Reads:  cluster, identity_before (record_id, golden_id, since), golden_age, identity_circumstance (record_id, restless, content)
-- Writes: identity_claim
-- Grain:  cluster_key, golden_id
-- place: most records held; then, where an id is split evenly, the part with fewer changed records; then who has held the id
-- longest; the id with more records; the oldest; id text; the larger cluster; what its records say; smallest record, between
-- parts alike in everything else
WITH claim AS (
    SELECT
        c.cluster_key, p.golden_id, count(*) AS held, min(p.since) AS since,
        count(*) FILTER (o.restless) AS restless, min(o.content) AS content
    FROM cluster c
    JOIN identity_before p ON p.record_id = c.record_id
    LEFT JOIN identity_circumstance o ON o.record_id = c.record_id
    GROUP BY c.cluster_key, p.golden_id
),
part AS (
    -- whose id it is between customers that become one, changes of today do not say: this is about parts of one id only
    SELECT *, restless > min(restless) OVER (PARTITION BY golden_id, held) AS moved FROM claim
)
SELECT
    c.cluster_key, c.golden_id, c.held, t.total,
    row_number() OVER (
        ORDER BY c.held DESC, c.moved, c.since NULLS LAST, t.total DESC, a.created_at NULLS LAST, c.golden_id::VARCHAR, s.size DESC,
            c.content NULLS LAST, s.first_record
    ) AS place
FROM part c
JOIN (SELECT golden_id, count(*) AS total FROM identity_before GROUP BY golden_id) t ON t.golden_id = c.golden_id
JOIN (SELECT cluster_key, count(*) AS size, min(record_id) AS first_record FROM cluster GROUP BY cluster_key) s
    ON s.cluster_key = c.cluster_key
LEFT JOIN golden_age a ON a.golden_id = c.golden_id

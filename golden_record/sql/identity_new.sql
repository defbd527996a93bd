-- Clusters that keep no earlier id, numbered in the order of their first record, each with a fresh random id.
-- Reads:  cluster, identity_settled
-- Writes: identity_new
-- Grain:  cluster_key
SELECT cluster_key, row_number() OVER (ORDER BY min(record_id)) - 1 AS number, uuid() AS golden_id
FROM cluster
WHERE cluster_key NOT IN (SELECT cluster_key FROM identity_settled)
GROUP BY cluster_key

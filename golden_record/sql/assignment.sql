-- The golden id of every record of every cluster.
-- Reads:  cluster, identity_settled, identity_given
-- Writes: assignment
-- Grain:  record_id
SELECT c.record_id, coalesce(s.golden_id, n.golden_id) AS golden_id, s.golden_id IS NULL AS is_new
FROM cluster c
LEFT JOIN identity_settled s ON s.cluster_key = c.cluster_key
LEFT JOIN identity_given n ON n.cluster_key = c.cluster_key

-- How true entities of one type and clusters cover each other; clusters and entities as numbers without gaps.
-- Reads:  cluster, labelled
-- Writes: nothing
-- Grain:  entity, cluster
SELECT
    dense_rank() OVER (ORDER BY entity) - 1 AS entity, dense_rank() OVER (ORDER BY cluster_key) - 1 AS cluster,
    count(*) AS n
FROM labelled
JOIN cluster USING (record_id)
WHERE entity_type = '$entity_type'
GROUP BY labelled.entity, cluster.cluster_key

-- What a steward should decide: for two clusters that a pair at or above the potential-match line connects, the strongest
-- such pair. Pairs that contradict each other are asked only where the weight alone would have joined them.
-- reads: known_pair, cluster, contradiction, decision, refused   writes: nothing   grain: unordered pair of clusters
WITH crossing AS (
    SELECT p.record_a, p.record_b, p.match_weight, p.first_stage_weight,
           coalesce(r.reason, c.contradiction, CASE WHEN c.bare THEN '$bare' END) AS guard,
           least(a.cluster_key, b.cluster_key) AS first_cluster, greatest(a.cluster_key, b.cluster_key) AS second_cluster
    FROM known_pair p
    JOIN cluster a ON a.record_id = p.record_a
    JOIN cluster b ON b.record_id = p.record_b AND b.cluster_key <> a.cluster_key
    LEFT JOIN contradiction c ON c.record_a = p.record_a AND c.record_b = p.record_b
    LEFT JOIN refused r ON r.record_a = p.record_a AND r.record_b = p.record_b
    WHERE p.match_weight >= CASE WHEN c.record_a IS NULL THEN $potential ELSE $match END
), decided AS (
    SELECT least(a.cluster_key, b.cluster_key) AS first_cluster, greatest(a.cluster_key, b.cluster_key) AS second_cluster
    FROM decision d JOIN cluster a ON a.record_id = d.record_a JOIN cluster b ON b.record_id = d.record_b
    WHERE d.kind = 'cannot_link'
)
SELECT first_cluster, second_cluster, record_a, record_b, match_weight, first_stage_weight, guard
FROM crossing ANTI JOIN decided USING (first_cluster, second_cluster)
QUALIFY row_number() OVER (
    PARTITION BY first_cluster, second_cluster
    ORDER BY match_weight DESC, guard NULLS LAST, first_stage_weight DESC, record_a, record_b
) = 1

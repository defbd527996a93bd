-- Clusters and golden ids that choose each other among what is still free: one round; the first pair in order always does.
-- Reads:  identity_claim, identity_settled
-- Writes: identity_settled
-- Grain:  cluster_key (and golden_id: each at most once over all rounds)
WITH free AS (
    SELECT c.cluster_key, c.golden_id, c.place
    FROM identity_claim c
    WHERE c.cluster_key NOT IN (SELECT cluster_key FROM identity_settled)
        AND c.golden_id NOT IN (SELECT golden_id FROM identity_settled)
        AND (NOT $revive OR c.held * 2 > c.total)
),
best_for_cluster AS (SELECT cluster_key, min(place) AS place FROM free GROUP BY cluster_key),
best_for_id AS (SELECT golden_id, min(place) AS place FROM free GROUP BY golden_id)
SELECT f.cluster_key, f.golden_id, $revive AS revived
FROM free f
JOIN best_for_cluster c ON c.cluster_key = f.cluster_key AND c.place = f.place
JOIN best_for_id g ON g.golden_id = f.golden_id AND g.place = f.place

-- Customers there are, beside those the next run would make: how many, how many would not stay as they are, merges made,
-- customers split, and the share of joined pairs of records in common (Jaccard).
-- Reads:  now_held (record_id, golden_id), next_cluster (record_id, cluster_key)
-- Writes: nothing
-- Grain:  one row
WITH place AS (
    SELECT h.golden_id, n.cluster_key, count(*) AS n FROM now_held h JOIN next_cluster n USING (record_id) GROUP BY ALL
), golden AS (
    SELECT golden_id, sum(n) AS size, count(*) AS parts FROM place GROUP BY golden_id
), made AS (
    SELECT cluster_key, sum(n) AS size, count(*) AS golden_ids FROM place GROUP BY cluster_key
), pairs AS (
    SELECT (SELECT coalesce(sum(n * (n - 1) / 2), 0) FROM place) AS both_,
           (SELECT coalesce(sum(size * (size - 1) / 2), 0) FROM golden) AS before,
           (SELECT coalesce(sum(size * (size - 1) / 2), 0) FROM made) AS after
)
SELECT (SELECT count(*) FROM golden),
       (SELECT count(DISTINCT p.golden_id) FROM place p JOIN golden g USING (golden_id) JOIN made m USING (cluster_key)
        WHERE g.parts > 1 OR m.golden_ids > 1),
       (SELECT coalesce(sum(golden_ids - 1), 0) FROM made),
       (SELECT count(*) FROM golden WHERE parts > 1),
       (SELECT CASE WHEN before + after = both_ THEN 1 ELSE both_ / (before + after - both_) END FROM pairs)

-- Pairs of records by the two systems they come from: found, made and true.
-- Reads:  labelled
-- Writes: nothing
-- Grain:  system_a <= system_b
WITH counted AS (
    SELECT 'both' AS side, concat(entity, chr(31), golden) AS cluster, system, count(*) AS n FROM labelled GROUP BY ALL
    UNION ALL
    SELECT 'golden', golden::VARCHAR, system, count(*) FROM labelled GROUP BY ALL
    UNION ALL
    SELECT 'true', entity::VARCHAR, system, count(*) FROM labelled GROUP BY ALL
),
paired AS (
    SELECT
        a.side, a.system AS system_a, b.system AS system_b,
        CASE WHEN a.system = b.system THEN a.n * (a.n - 1) // 2 ELSE a.n * b.n END AS pairs
    FROM counted a
    JOIN counted b ON b.side = a.side AND b.cluster = a.cluster AND b.system >= a.system
)
SELECT
    system_a, system_b,
    coalesce(sum(pairs) FILTER (side = 'both'), 0)::BIGINT AS pairs_both,
    coalesce(sum(pairs) FILTER (side = 'golden'), 0)::BIGINT AS pairs_golden,
    coalesce(sum(pairs) FILTER (side = 'true'), 0)::BIGINT AS pairs_true
FROM paired
GROUP BY system_a, system_b
ORDER BY system_a, system_b

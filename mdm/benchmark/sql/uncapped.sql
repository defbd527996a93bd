-- What each blocking rule would give without a limit on the size of its blocks.
-- reads: blocking_key   writes: nothing   grain: rule
SELECT rule, CAST(sum(n * (n - 1) // 2) AS BIGINT) AS pairs
FROM (SELECT rule, key, count(*) AS n FROM blocking_key GROUP BY rule, key) GROUP BY rule ORDER BY rule

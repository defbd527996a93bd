-- What each blocking rule did: keys, records reached, the largest block, what was skipped as too large.
-- reads: $keys, largest_block   writes: nothing   grain: one row per rule
SELECT rule, count(*) AS keys, sum(n) AS carried, max(n) AS largest_found,
       count(*) FILTER (n > least(largest, $most)) AS skipped_keys,
       coalesce(sum(n) FILTER (n > least(largest, $most)), 0) AS skipped_carried,
       coalesce(sum(n * (n - 1) // 2) FILTER (n <= least(largest, $most)), 0) AS pairs
FROM (SELECT rule, key, count(*) AS n FROM $keys GROUP BY rule, key) JOIN largest_block USING (rule)
GROUP BY rule ORDER BY rule

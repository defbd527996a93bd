-- How frequent each value of a column is among the records, eased towards the shipped frequencies so that a small file
-- does not take its own accidents for the world. $weight is how many records the shipped table is worth.
-- reads: $records (typed), $shipped(value, frequency)   writes: nothing   grain: distinct value
WITH own AS (SELECT $column AS value, count(*) AS n FROM $records WHERE $column IS NOT NULL GROUP BY 1),
     total AS (SELECT coalesce(sum(n), 0) AS n FROM own)
SELECT coalesce(own.value, s.value) AS value,
       (coalesce(own.n, 0) + $weight * coalesce(s.frequency, 0)) / (total.n + $weight) AS frequency
FROM own FULL JOIN $shipped s ON own.value = s.value CROSS JOIN total

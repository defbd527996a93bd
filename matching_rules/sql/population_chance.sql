-- How often values of a column agree: values carried, and ordered pairs of carriers with the same one.
-- reads: $records (typed)   writes: nothing   grain: one row
WITH carried AS (SELECT value, count(*) AS n FROM (SELECT $value AS value FROM $records) WHERE value IS NOT NULL GROUP BY value)
SELECT sum(n), sum(n * (n - 1)) FROM carried

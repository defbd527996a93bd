-- DuckDB. Customers of more records than allowed that are larger than they were, the largest first.
-- reads: assignment, held; $1 the most   grain: golden record
SELECT a.golden_id, a.size
FROM (SELECT golden_id, count(*) AS size FROM assignment GROUP BY golden_id) a
LEFT JOIN (SELECT golden_id, count(*) AS size FROM held GROUP BY golden_id) h USING (golden_id)
WHERE a.size > $1 AND a.size > coalesce(h.size, 0)
ORDER BY a.size DESC, a.golden_id

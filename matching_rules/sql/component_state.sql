-- Components that are plainly one customer: every pair is known and reaches the line, nothing forbids any, not too large.
-- Average linkage would join all of it, because an average of weights at or above a line is at or above it.
-- reads: component, inner_pair, held   writes: nothing   grain: one row per component
WITH pairs AS (
    SELECT component, count(*) AS pairs, min(match_weight) AS weakest, bool_or(apart IS NOT NULL OR together) AS special,
           count(*) FILTER (NOT bare) AS grounded
    FROM inner_pair GROUP BY component
), golden AS (
    SELECT component, count(DISTINCT golden_id) AS golden FROM component JOIN held USING (record_id) GROUP BY component
)
SELECT s.component, s.size,
       NOT p.special
       -- so many pairs with a fact in common that they connect all records, in whatever order these join
       AND (p.grounded > (s.size - 1) * (s.size - 2) // 2 OR (s.size = 2 AND p.weakest >= $bare))
       AND p.pairs = s.size * (s.size - 1) // 2 AND s.size <= $largest
       AND p.weakest >= CASE WHEN coalesce(g.golden, 0) > 1 THEN $merge ELSE $match END AS plain
FROM (SELECT component, any_value(size) AS size FROM component GROUP BY component) s
JOIN pairs p USING (component) LEFT JOIN golden g USING (component)

-- DuckDB. Golden records whose values or lineage differ from the current version, as their next version.
-- reads: golden, golden_latest   grain: golden record
SELECT g.golden_id, coalesce(l.version, 0) + 1 AS version, g.entity_type, g."values", g.lineage, g.content_hash
FROM (SELECT *, CAST(md5(concat("values", lineage)) AS UUID) AS content_hash FROM golden) g
LEFT JOIN golden_latest l USING (golden_id)
WHERE l.content_hash IS DISTINCT FROM g.content_hash

-- DuckDB. Golden records that get a new version, or end (entity_type null).   reads: golden_version, touched_golden, golden   grain: golden record
SELECT golden_id, entity_type, "values", content_hash FROM golden_version
UNION ALL
SELECT golden_id, NULL, NULL, NULL FROM touched_golden ANTI JOIN golden USING (golden_id)

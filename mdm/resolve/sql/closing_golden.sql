-- DuckDB. Golden records whose current version ends.   reads: golden_version, touched_golden, golden   grain: golden record
SELECT golden_id FROM golden_version
UNION SELECT golden_id FROM touched_golden ANTI JOIN golden USING (golden_id)

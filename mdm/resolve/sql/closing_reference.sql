-- DuckDB. Records whose open cross-reference ends: they have a new one, or left for good.
-- reads: new_cross_reference, held, assignment   grain: source record
SELECT record_id FROM new_cross_reference WHERE was_held
UNION SELECT record_id FROM held ANTI JOIN assignment USING (record_id)

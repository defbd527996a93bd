-- DuckDB. Records of golden records made anew, and those that left.   reads: touched, held, assignment   grain: source record
SELECT DISTINCT record_id FROM touched
UNION SELECT record_id FROM held ANTI JOIN assignment USING (record_id)

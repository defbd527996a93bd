-- DuckDB. Who is with the given golden records, before and after.   reads: held, assignment   grain: source record
SELECT record_id, h.golden_id AS before, a.golden_id AS after
FROM held h FULL JOIN assignment a USING (record_id)
WHERE h.golden_id IN (SELECT unnest($golden::UUID[])) OR a.golden_id IN (SELECT unnest($golden::UUID[]))
ORDER BY record_id

-- DuckDB. The golden id of every record that gets another one.   reads: held, assignment   grain: source record
SELECT h.golden_id FROM held h JOIN assignment a USING (record_id) WHERE a.golden_id <> h.golden_id ORDER BY h.golden_id

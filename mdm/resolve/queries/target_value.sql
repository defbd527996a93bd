-- DuckDB. What each target record holds now: its first value of every attribute, blank ones left out.
-- reads: attribute_value, record_fact, writable   grain: record x attribute
SELECT v.golden_id, v.record_id, v.system, v.object, f.source_id, v.attribute, v.value, v.comparable
FROM attribute_value v JOIN record_fact f USING (record_id)
SEMI JOIN writable w ON w.system = v.system AND w.object = v.object
WHERE v.ordinal = 0

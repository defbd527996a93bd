-- DuckDB. What each target record holds now: its first value of every attribute, all items of those that are decided
-- item by item (consent); blank ones left out.
-- reads: attribute_value, record_fact, writable, item_wise   grain: record x attribute (x item)
SELECT v.golden_id, v.record_id, v.system, v.object, f.source_id, v.attribute, v.value, v.comparable
FROM attribute_value v JOIN record_fact f USING (record_id)
SEMI JOIN writable w ON w.system = v.system AND w.object = v.object
WHERE v.ordinal = 0 OR v.attribute IN (SELECT attribute FROM item_wise)

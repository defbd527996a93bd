-- DuckDB. Golden ids that begin with this run.   reads: id_event, assignment, standardised   grain: golden id
SELECT DISTINCT e.golden_id, s.entity_type
FROM id_event e JOIN assignment a USING (golden_id) JOIN standardised s USING (record_id)
WHERE e.kind = 'created'

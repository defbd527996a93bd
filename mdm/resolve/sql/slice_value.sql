-- DuckDB. The long table that survivorship reads: every standardised value of the records in one slice of the golden records to be
-- made anew, and what outlasts deleted ones.
-- reads: standardised, slice_record(record_id, golden_id), record_fact, noise_attribute, departed_value
-- grain: record x attribute x ordinal
WITH entry AS (
    SELECT s.record_id, s.entity_type, unnest(map_entries(CAST(CAST(s."values" AS JSON) AS MAP(VARCHAR, JSON[][])))) AS e
    FROM standardised s SEMI JOIN slice_record USING (record_id)
), item AS (
    SELECT record_id, entity_type, e.key AS attribute, unnest(e.value) AS v, generate_subscripts(e.value, 1) - 1 AS ordinal FROM entry
), flag AS (
    SELECT record_id, bool_or(attribute = 'inactive' AND v[2]->>'$' = 'true') AS inactive,
           bool_or(attribute = 'verified' AND v[2]->>'$' = 'true') AS verified
    FROM item WHERE attribute IN ('inactive', 'verified') GROUP BY record_id
)
SELECT t.golden_id, i.entity_type, i.record_id, f.version, f.system, f.object, i.attribute, CAST(i.ordinal AS INTEGER) AS ordinal,
       CAST(i.v[1] AS VARCHAR) AS value, i.v[2]->>'$' AS comparable,
       -- what very many carry says nothing of one customer, however it is spelt
       CASE WHEN n.value IS NULL THEN i.v[3]->>'$' ELSE coalesce(nullif(i.v[3]->>'$', 'misspelt'), 'shared') END AS mark,
       f.source_time, f.received_time, coalesce(g.verified, false) AS verified, coalesce(g.inactive, false) AS inactive,
       false AS outlived
FROM item i
JOIN slice_record t USING (record_id)
JOIN record_fact f USING (record_id)
LEFT JOIN flag g USING (record_id)
LEFT JOIN noise_attribute n ON n.attribute = i.attribute AND n.value = i.v[2]->>'$'
UNION ALL BY NAME
SELECT *, false AS verified, false AS inactive, true AS outlived FROM departed_value SEMI JOIN slice_record USING (golden_id)

-- DuckDB. What outlasts deleted records, by the golden records that answer for the ids they belonged to.
-- reads: departed, departed_form, place_of_id, outlasting, assignment   grain: golden record x record x attribute x ordinal
WITH entry AS (
    SELECT record_id, unnest(map_entries(CAST(CAST("values" AS JSON) AS MAP(VARCHAR, JSON[][])))) AS e FROM departed_form
), item AS (
    SELECT record_id, e.key AS attribute, unnest(e.value) AS v, generate_subscripts(e.value, 1) - 1 AS ordinal FROM entry
)
SELECT p.golden_id, d.entity_type, d.record_id, d.version, d.system, d.object, i.attribute, CAST(i.ordinal AS INTEGER) AS ordinal,
       CAST(i.v[1] AS VARCHAR) AS value, i.v[2]->>'$' AS comparable, i.v[3]->>'$' AS mark, d.source_time, d.received_time
FROM item i
JOIN departed d USING (record_id)
JOIN place_of_id p ON p.was = d.golden_id
JOIN outlasting o ON o.attribute = i.attribute AND coalesce(o.entity_type, d.entity_type) = d.entity_type
    AND json_extract_string(i.v[1], o.field) = o.state
-- deleted while this run goes on: it still speaks for itself
ANTI JOIN assignment a ON a.record_id = d.record_id

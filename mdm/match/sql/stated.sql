-- Relations that the records' sources state: between whom, by the keys they name.
-- Reads:  standardised_record; :ids, :relations
-- Grain:  record x relation
SELECT s.record_id, r.item -> 0 ->> 'kind' AS relation, r.item -> 0 ->> 'system' AS system,
       r.item -> 0 ->> 'object' AS object, r.item -> 0 ->> 'source_id' AS source_id
FROM mdm.standardised_record s
CROSS JOIN LATERAL json_array_elements(s."values" -> 'relation') AS r (item)
WHERE s.record_id = any(CAST(:ids AS bigint[])) AND r.item -> 0 ->> 'kind' = any(CAST(:relations AS text[]))

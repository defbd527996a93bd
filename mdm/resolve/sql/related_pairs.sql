-- PostgreSQL. Pairs of records between which a source states one of the given relations.
-- reads: standardised_record, record_key   grain: unordered pair of records x relation
SELECT DISTINCT least(s.record_id, k.record_id) AS record_a, greatest(s.record_id, k.record_id) AS record_b,
       r.item -> 0 ->> 'kind' AS relation
FROM mdm.standardised_record s
CROSS JOIN LATERAL json_array_elements(s."values" -> 'relation') AS r (item)
JOIN mdm.record_key k
  ON k.system = r.item -> 0 ->> 'system' AND k.object = r.item -> 0 ->> 'object' AND k.source_id = r.item -> 0 ->> 'source_id'
WHERE s.entity_type = any(CAST(:entity_types AS text[])) AND r.item -> 0 ->> 'kind' = any(CAST(:relations AS text[]))
  AND k.record_id <> s.record_id AND (:everything OR s.record_id = any(CAST(:ids AS bigint[])))

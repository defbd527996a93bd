-- Typed matching columns of standardised records. Empty lists become NULL; values that too many records carry are left out.
-- reads: $records(record_id BIGINT, content_hash, match JSON)   writes: nothing   grain: one row per record
SELECT record_id, content_hash, $columns
FROM (SELECT record_id, content_hash, from_json(match, '$shape') AS m FROM $records)

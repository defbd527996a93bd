-- Every live source record with its golden id, and what it is held to be.
-- Reads:  cross_reference, record_key, source_record (PostgreSQL)
-- Writes: published (DuckDB)
-- Grain:  one live source record
SELECT
    x.record_id, s.entity_type, lower(k.system) AS system, lower(k.object) AS object, k.source_id,
    x.golden_id::text AS golden_id
FROM mdm.cross_reference x
JOIN mdm.record_key k ON k.record_id = x.record_id
JOIN mdm.source_record s ON s.record_id = x.record_id AND s.superseded_at IS NULL AND NOT s.deleted
WHERE x.until IS NULL

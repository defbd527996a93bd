-- Which golden record each live source record belongs to.
-- Reads:  cross_reference, record_key, source_record, golden_id (PostgreSQL)
-- Writes: exported (DuckDB)
-- Grain:  one live source record; a record that waits for its first run is not here yet
SELECT
    k.system, k.object, k.source_id, x.golden_id::text AS golden_id, g.entity_type, x.grade, x.match_weight,
    to_char(x.since AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS since
FROM mdm.cross_reference x
JOIN mdm.golden_id g ON g.golden_id = x.golden_id
JOIN mdm.record_key k ON k.record_id = x.record_id
JOIN mdm.source_record s ON s.record_id = x.record_id AND s.superseded_at IS NULL AND NOT s.deleted
WHERE x.until IS NULL

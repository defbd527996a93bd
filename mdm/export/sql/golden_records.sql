-- The current version of every golden record; its values are taken apart into columns afterwards.
-- Reads:  golden_record, cross_reference (PostgreSQL)
-- Writes: exported (DuckDB)
-- Grain:  one golden record
SELECT
    g.golden_id::text AS golden_id, g.entity_type, g.version,
    to_char(g.valid_from AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS valid_from,
    g."values"::text AS "values", coalesce(m.source_records, 0) AS source_records
FROM mdm.golden_record g
LEFT JOIN (
    SELECT golden_id, count(*) AS source_records FROM mdm.cross_reference WHERE until IS NULL GROUP BY golden_id
) m ON m.golden_id = g.golden_id
WHERE g.valid_to IS NULL

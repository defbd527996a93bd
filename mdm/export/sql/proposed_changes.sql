-- What should be written to source systems; a plain value stands as text, a list or object as JSON.
-- Reads:  proposed_change (PostgreSQL); :states
-- Writes: exported (DuckDB)
-- Grain:  one attribute of one record in one target
SELECT
    change_id::text AS change_id, golden_id::text AS golden_id, system, object, source_id, attribute,
    old_value #>> '{}' AS old_value, new_value #>> '{}' AS new_value, review, state, reason,
    to_char(opened_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS opened_at,
    to_char(closed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS closed_at,
    decided_by
FROM mdm.proposed_change
WHERE state = ANY(:states)

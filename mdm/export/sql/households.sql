-- Who lives together: every person in a household, with the reason and since when.
-- Reads:  household_member (PostgreSQL)
-- Writes: exported (DuckDB)
-- Grain:  one person
SELECT
    household_id::text AS household_id, golden_id::text AS golden_id, reason, basis, actor,
    to_char(since AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS since
FROM mdm.household_member
WHERE until IS NULL AND household_id IS NOT NULL

-- Every live source record with the household of its golden record; who lives in none is a household of his own.
-- Reads:  cross_reference, record_key, source_record, household_member (PostgreSQL)
-- Writes: published (DuckDB)
-- Grain:  one live source record
SELECT lower(k.system) AS system, lower(k.object) AS object, k.source_id, coalesce(m.household_id, x.golden_id)::text AS household_id
FROM mdm.cross_reference x
JOIN mdm.record_key k ON k.record_id = x.record_id
JOIN mdm.source_record s ON s.record_id = x.record_id AND s.superseded_at IS NULL AND NOT s.deleted
LEFT JOIN mdm.household_member m ON m.golden_id = x.golden_id AND m.until IS NULL
WHERE x.until IS NULL

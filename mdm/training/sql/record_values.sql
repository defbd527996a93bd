-- PostgreSQL. What live records say, as their sources wrote it.
-- Reads:  source_record; :ids
-- Writes: nothing
-- Grain:  source record
SELECT record_id, attributes
FROM mdm.source_record
WHERE superseded_at IS NULL AND NOT deleted AND record_id = any(CAST(:ids AS bigint[]))

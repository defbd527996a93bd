-- How many records carry some blocking keys.
-- Reads:  blocking_key (PostgreSQL); :keys
-- Writes: carried (DuckDB)
-- Grain:  key
SELECT key, count(*) AS carriers FROM mdm.blocking_key WHERE key = ANY(CAST(:keys AS bigint[])) GROUP BY key

-- PostgreSQL. Every blocking key of every live record.
-- Reads:  blocking_key
-- Writes: blocking_key (DuckDB)
-- Grain:  key x record
SELECT key, record_id FROM mdm.blocking_key

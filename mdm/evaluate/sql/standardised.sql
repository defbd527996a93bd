-- What matching knows of every live record.
-- Reads:  standardised_record (PostgreSQL)
-- Writes: standardised (DuckDB)
-- Grain:  one live source record
SELECT record_id, entity_type, match::text AS match, content_hash::text AS content_hash FROM mdm.standardised_record

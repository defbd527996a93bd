-- PostgreSQL. The standardised records of one entity type.
-- Reads:  standardised_record; :entity_type
-- Writes: of_type (DuckDB)
-- Grain:  source record
SELECT record_id, content_hash::text AS content_hash, match::text AS match
FROM mdm.standardised_record
WHERE entity_type = :entity_type

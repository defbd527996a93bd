-- PostgreSQL. The blocking keys of one entity type's records.
-- Reads:  blocking_key, standardised_record; :entity_type
-- Writes: blocking_key (DuckDB)
-- Grain:  key x record
SELECT k.key, k.record_id, k.rule
FROM mdm.blocking_key k
JOIN mdm.standardised_record s ON s.record_id = k.record_id AND s.entity_type = :entity_type

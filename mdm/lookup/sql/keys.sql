-- The keys of records.
-- Reads:  record_key; :record_ids
-- Grain:  one record
SELECT record_id, system, object, source_id FROM mdm.record_key WHERE record_id = ANY(:record_ids)

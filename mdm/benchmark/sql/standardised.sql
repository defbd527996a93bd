-- All standardised records of one entity type, as raw Splink is given them.
-- reads: mdm.standardised_record   writes: nothing   grain: record
SELECT record_id, content_hash::text AS content_hash, match::text AS match
FROM mdm.standardised_record WHERE entity_type = :entity_type

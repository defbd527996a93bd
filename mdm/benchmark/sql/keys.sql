-- The blocking keys of one entity type.
-- reads: mdm.blocking_key, mdm.standardised_record   writes: nothing   grain: record x key
SELECT key, record_id, rule FROM mdm.blocking_key JOIN mdm.standardised_record USING (record_id)
WHERE entity_type = :entity_type

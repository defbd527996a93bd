-- The key of a source record.   reads: record_key
SELECT system, object, source_id FROM mdm.record_key WHERE record_id = :record_id

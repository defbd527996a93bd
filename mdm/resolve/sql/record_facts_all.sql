-- PostgreSQL. Where the current version of each live record came from, and when.   reads: source_record, record_key   grain: source record
SELECT s.record_id, k.system, k.object, k.source_id, s.version, s.source_time, s.received_time
FROM mdm.source_record s JOIN mdm.record_key k ON k.record_id = s.record_id
WHERE s.superseded_at IS NULL AND NOT s.deleted

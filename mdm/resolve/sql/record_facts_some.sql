-- PostgreSQL. Where the version that is standardised of each given record came from, and when. A newer one may wait already:
-- what it says counts from its own run on.
-- reads: standardised_record, source_record, record_key   grain: source record
SELECT d.record_id, k.system, k.object, k.source_id, s.version, s.source_time, s.received_time
FROM mdm.standardised_record d
JOIN mdm.source_record s ON s.record_id = d.record_id AND s.version = d.version
JOIN mdm.record_key k ON k.record_id = d.record_id
WHERE d.record_id = any(CAST(:ids AS bigint[]))

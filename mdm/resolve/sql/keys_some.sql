-- PostgreSQL. Blocking keys of the given records.   reads: blocking_key   grain: key x record
SELECT key, record_id, rule FROM mdm.blocking_key WHERE record_id = any(CAST(:ids AS bigint[]))

-- PostgreSQL. Everyone who carries one of the given keys.   reads: blocking_key   grain: key x record
SELECT key, record_id, rule FROM mdm.blocking_key WHERE key = any(CAST(:keys AS bigint[]))

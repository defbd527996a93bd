-- PostgreSQL. Every blocking key of every live record.   reads: blocking_key   grain: key x record
SELECT key, record_id, rule FROM mdm.blocking_key

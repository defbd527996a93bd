-- PostgreSQL. Which of the given keys were hot at the last run.   reads: hot_key   grain: key
SELECT key FROM mdm.hot_key WHERE key = any(CAST(:keys AS bigint[]))

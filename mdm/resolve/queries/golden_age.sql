-- PostgreSQL. When golden ids began.   reads: golden_id   grain: golden id
SELECT golden_id, created_at FROM mdm.golden_id
WHERE :everything OR golden_id IN (SELECT golden_id FROM mdm.cross_reference WHERE until IS NULL AND record_id = any(CAST(:ids AS bigint[])))

-- PostgreSQL. When golden ids began.   reads: golden_id   grain: golden id
SELECT golden_id, created_at FROM mdm.golden_id

-- PostgreSQL. Constraints in force; of two of one moment the one that keeps apart.   reads: match_constraint   grain: unordered pair of records (the latest decision)
SELECT DISTINCT ON (record_a, record_b) record_a, record_b, kind
FROM mdm.match_constraint WHERE revoked_at IS NULL AND constraint_id <> ALL (CAST(:revoked AS uuid[]))
ORDER BY record_a, record_b, created_at DESC, kind

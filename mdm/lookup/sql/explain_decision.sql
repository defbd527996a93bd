-- The decisions in force among some records, the latest of each pair.
-- Reads:  match_constraint; :ids
-- Grain:  unordered pair of records
SELECT DISTINCT ON (record_a, record_b) record_a, record_b, kind, actor, reason, created_at
FROM mdm.match_constraint
WHERE revoked_at IS NULL AND record_a = ANY(CAST(:ids AS bigint[])) AND record_b = ANY(CAST(:ids AS bigint[]))
ORDER BY record_a, record_b, created_at DESC, kind

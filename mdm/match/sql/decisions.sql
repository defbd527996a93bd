-- What stewards decided about a record and others, the latest of each pair.
-- Reads:  match_constraint; :record_id
-- Grain:  other record
SELECT DISTINCT ON (other) other, kind
FROM (
    SELECT record_b AS other, kind, created_at FROM mdm.match_constraint
    WHERE revoked_at IS NULL AND record_a = :record_id
    UNION ALL
    SELECT record_a, kind, created_at FROM mdm.match_constraint
    WHERE revoked_at IS NULL AND record_b = :record_id
) d
ORDER BY other, created_at DESC

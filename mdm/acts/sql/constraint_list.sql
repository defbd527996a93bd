-- PostgreSQL. Decisions about records, newest first.   reads: match_constraint, record_key; :ids (null: all), :revoked, :most   grain: constraint
SELECT c.constraint_id, c.kind, c.actor, c.reason, c.created_at, c.act_id, c.revoked_at, c.revoked_by,
       a.system AS system_a, a.object AS object_a, a.source_id AS source_id_a,
       b.system AS system_b, b.object AS object_b, b.source_id AS source_id_b
FROM mdm.match_constraint c
JOIN mdm.record_key a ON a.record_id = c.record_a
JOIN mdm.record_key b ON b.record_id = c.record_b
WHERE (:revoked OR c.revoked_at IS NULL)
  AND (CAST(:ids AS bigint[]) IS NULL OR c.record_a = any(CAST(:ids AS bigint[])) OR c.record_b = any(CAST(:ids AS bigint[])))
ORDER BY c.created_at DESC, c.constraint_id
LIMIT :most

-- PostgreSQL. Stewards' own values about records, not revoked.   reads: value_override; :ids, :attribute   grain: override
SELECT override_id, record_id, attribute, actor, created_at, expires_at
FROM mdm.value_override
WHERE revoked_at IS NULL AND record_id = any(CAST(:ids AS bigint[])) AND (CAST(:attribute AS text) IS NULL OR attribute = :attribute)
ORDER BY created_at, override_id

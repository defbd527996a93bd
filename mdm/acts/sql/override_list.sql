-- PostgreSQL. Stewards' own values, newest first.   reads: value_override, record_key, cross_reference; :ids (null: all), :revoked, :most   grain: override
SELECT o.override_id, o.attribute, o.value, o.actor, o.reason, o.created_at, o.expires_at, o.revoked_at, o.revoked_by,
       k.system, k.object, k.source_id, x.golden_id
FROM mdm.value_override o
JOIN mdm.record_key k ON k.record_id = o.record_id
LEFT JOIN mdm.cross_reference x ON x.record_id = o.record_id AND x.until IS NULL
WHERE (:revoked OR o.revoked_at IS NULL) AND (CAST(:ids AS bigint[]) IS NULL OR o.record_id = any(CAST(:ids AS bigint[])))
ORDER BY o.created_at DESC, o.override_id
LIMIT :most

-- PostgreSQL. Stewards' own values in force, by the record they hang on.   reads: value_override   grain: record x attribute
SELECT record_id, attribute, value::text AS value, reason, actor, expires_at
FROM mdm.value_override WHERE revoked_at IS NULL AND override_id <> ALL (CAST(:revoked AS uuid[]))

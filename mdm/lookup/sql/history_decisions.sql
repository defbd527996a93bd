-- What stewards decided about some records: pairs that are one customer or are not, and values of their own.
-- Reads:  match_constraint, value_override, record_key; :record_ids
-- Grain:  one decision
SELECT c.kind, NULL AS attribute, ARRAY[c.record_a, c.record_b] AS record_ids, c.actor, c.reason, c.created_at AS at, c.revoked_at, c.revoked_by
FROM mdm.match_constraint c
WHERE c.record_a = any(CAST(:record_ids AS bigint[])) OR c.record_b = any(CAST(:record_ids AS bigint[]))
UNION ALL
SELECT 'override', o.attribute, ARRAY[o.record_id], o.actor, o.reason, o.created_at, o.revoked_at, NULL
FROM mdm.value_override o WHERE o.record_id = any(CAST(:record_ids AS bigint[]))
ORDER BY at

-- Stewards' own values of some records, as they stood at a moment of the past.
-- Reads:  value_override; :ids, :at
-- Grain:  one override
SELECT record_id, attribute, CAST(value AS text) AS value, reason, actor, expires_at
FROM mdm.value_override
WHERE record_id = ANY(CAST(:ids AS bigint[])) AND created_at <= :at AND coalesce(revoked_at > :at, true)

-- The override in force for each attribute of a golden record: not past its expiry; of several the longest-lived, then value text.
-- Reads:  value_override, golden_number
-- Writes: live_override
-- Grain:  golden_id, attribute
SELECT o.golden_id, o.attribute, o.value::VARCHAR AS value, o.reason, o.actor, o.expires_at
FROM value_override o
SEMI JOIN golden_number n ON n.golden_id = o.golden_id
WHERE o.expires_at IS NULL OR o.expires_at > $now
QUALIFY row_number() OVER (
    PARTITION BY o.golden_id, o.attribute ORDER BY o.expires_at DESC NULLS FIRST, o.value::VARCHAR, o.reason, o.actor
) = 1

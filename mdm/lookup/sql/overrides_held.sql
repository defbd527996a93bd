-- How many overrides nobody revoked are in force, past their expiry, about to end, or ended since the last resolution.
-- Reads:  value_override, setting; :now, :soon
-- Grain:  attribute
SELECT
    o.attribute,
    count(*) FILTER (WHERE o.expires_at IS NULL OR o.expires_at > :now) AS in_force,
    count(*) FILTER (WHERE o.expires_at <= :now) AS past_expiry,
    count(*) FILTER (WHERE o.expires_at > :now AND o.expires_at <= :soon) AS ending_soon,
    count(*) FILTER (WHERE o.expires_at <= :now AND o.created_at <= r.at AND o.expires_at > r.at) AS unseen
FROM mdm.value_override o
LEFT JOIN (SELECT CAST(value #>> '{}' AS timestamptz) AS at FROM mdm.setting WHERE key = 'resolved_at') r ON true
WHERE o.revoked_at IS NULL
GROUP BY o.attribute
ORDER BY o.attribute

-- What stewards put in the place of every asserted value; an array gives several items, null gives none.
-- Reads:  live_override, golden_number, survive_rule
-- Writes: candidate (columns as candidate.sql; k_out -1 goes before everything)
-- Grain:  one item of one override
SELECT
    o.golden, r.rule_id, r.attribute_no, r.multi, false AS grouped, false AS required,
    CASE WHEN r.multi THEN 'override' || o.position ELSE '' END AS item,
    NULL::BIGINT AS record_id, NULL::INTEGER AS version, 'override' AS system, NULL::VARCHAR AS object,
    o.position::INTEGER AS ordinal, o.value,
    json_object('actor', o.actor, 'reason', o.reason, 'expires_at', o.expires_at)::VARCHAR AS comparable,
    NULL::VARCHAR AS mark, NULL::TIMESTAMPTZ AS source_time, false AS outlived,
    (-1)::TINYINT AS k_out, false AS k_misspelt, 0::SMALLINT AS k_missing, 0::SMALLINT AS k_parts, false AS k_inactive, 0::BIGINT AS k_strategy, 0::BIGINT AS k_then,
    0::SMALLINT AS k_system,
    0::BIGINT AS k_time, (-length(o.value))::INTEGER AS k_length
FROM (
    SELECT
        golden, held, entity_type, attribute, reason, actor, expires_at,
        unnest(items) AS value, generate_subscripts(items, 1) - 1 AS position
    FROM (
        SELECT
            n.golden, n.held, n.entity_type, l.attribute, l.reason, l.actor, l.expires_at,
            CASE
                WHEN l.value IS NULL OR l.value = 'null' THEN []::VARCHAR[]
                WHEN json_type(l.value) = 'ARRAY' THEN json_extract(l.value, '$[*]')::VARCHAR[]
                ELSE [l.value]
            END AS items
        FROM live_override l
        JOIN golden_number n ON n.golden_id = l.golden_id
    )
) o
JOIN survive_rule r ON r.attribute = o.attribute AND coalesce(r.entity_type, o.entity_type) = o.entity_type
    AND (o.held & r.needs) = r.needs AND (o.held & r.bars) = 0
WHERE r.multi OR o.position = 0

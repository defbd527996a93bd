-- Every asserted value, with the keys it is ranked by; smaller keys come first. Its rowid names the value from here on.
-- Reads:  attribute_value, golden_number, live_override, survive_rule, survive_system, survive_state
-- Writes: candidate
-- Grain:  one value of one source record (record_id, attribute, ordinal)
-- k_out: 0 may win | 1 overridden | 3 may not assert | 4 marked or blank (set later: 2 the group went to another record,
--   5 another attribute says it)
-- k_misspelt: marked as misspelt, which comparing sees through: it may win, but only where nobody wrote the same well
-- k_strategy of trusted: points as a power of two plus the source's clock in half-lives, in billionths; no clock, no trust
-- k_missing: parts a complete structured value has and this one has not, as a binary number, the weightiest part first;
-- k_parts: how many parts it has, negative
WITH frequency AS (
    SELECT a.golden_id, a.attribute, a.comparable, count(DISTINCT a.record_id) AS records
    FROM attribute_value a
    JOIN golden_number n ON n.golden_id = a.golden_id
    JOIN survive_rule r ON r.attribute = a.attribute AND coalesce(r.entity_type, a.entity_type) = a.entity_type
        AND (n.held & r.needs) = r.needs AND (n.held & r.bars) = 0
    LEFT JOIN survive_system s ON s.rule_id = r.rule_id AND s.system = a.system
    WHERE (r.strategy = 'most_frequent' OR r.then_by = 'most_frequent') AND coalesce(a.mark, 'misspelt') = 'misspelt'
        AND coalesce(s.asserts, r.others_assert)
    GROUP BY ALL
)
SELECT
    n.golden, r.rule_id, r.attribute_no, r.multi, r.grouped, r.required,
    CASE r.strategy
        WHEN 'union' THEN coalesce(a.comparable, '')
        WHEN 'most_restrictive' THEN concat_ws(chr(31),
            json_extract_string(a.value, r.path_1), json_extract_string(a.value, r.path_2), json_extract_string(a.value, r.path_3))
        ELSE ''
    END AS item,
    a.record_id, a.version, a.system, a.object, a.ordinal, a.value, a.comparable, a.mark, a.source_time,
    coalesce(a.outlived, false) AS outlived,
    (CASE
        WHEN a.mark <> 'misspelt' OR a.value IS NULL OR a.value IN ('null', '""') THEN 4
        WHEN NOT coalesce(s.asserts, r.others_assert) THEN 3
        WHEN o.golden_id IS NOT NULL THEN 1
        ELSE 0
    END)::TINYINT AS k_out,
    coalesce(a.mark = 'misspelt', false) AS k_misspelt,
    CASE WHEN len(r.parts) > 0 THEN coalesce(list_sum(list_transform(r.complete, lambda part, i:
        CASE WHEN coalesce(json_extract_string(a.value, part), '') = '' THEN 1 << (len(r.complete) - i) ELSE 0 END
    )), 0) ELSE 0 END::SMALLINT AS k_missing,
    CASE WHEN len(r.parts) > 0
        THEN -len(list_filter(r.parts, lambda part: coalesce(json_extract_string(a.value, part), '') <> '')) ELSE 0
    END::SMALLINT AS k_parts,
    (r.inactive_last AND coalesce(a.inactive, false)) AS k_inactive,
    (CASE r.strategy
        WHEN 'most_recent' THEN coalesce(-epoch_us(a.source_time), 0)
        WHEN 'most_frequent' THEN -coalesce(f.records, 0)
        WHEN 'most_complete' THEN -length(a.value)
        WHEN 'verified_first' THEN CASE WHEN a.verified THEN 0 ELSE 1 END
        WHEN 'most_restrictive' THEN coalesce(t.position, -1)
        WHEN 'any' THEN CASE WHEN a.value = 'true' THEN 0 ELSE 1 END
        WHEN 'all' THEN CASE WHEN a.value = 'false' THEN 0 ELSE 1 END
        WHEN 'trusted' THEN -(coalesce(s.worth, r.others_worth) + CASE WHEN r.half_life = 0 THEN 0
            ELSE coalesce(epoch_us(a.source_time)::HUGEINT * 1000000000 // r.half_life, -1000000000000000) END)
        ELSE 0
    END)::BIGINT AS k_strategy,
    (CASE r.then_by
        WHEN 'most_recent' THEN coalesce(-epoch_us(a.source_time), 0)
        WHEN 'most_frequent' THEN -coalesce(f.records, 0)
        WHEN 'most_complete' THEN -length(a.value)
        WHEN 'verified_first' THEN CASE WHEN a.verified THEN 0 ELSE 1 END
        ELSE 0
    END)::BIGINT AS k_then,
    coalesce(s.position, r.others_position)::SMALLINT AS k_system,
    coalesce(-epoch_us(a.source_time), 0)::BIGINT AS k_time,
    (-length(a.value))::INTEGER AS k_length
FROM attribute_value a
JOIN golden_number n ON n.golden_id = a.golden_id
JOIN survive_rule r ON r.attribute = a.attribute AND coalesce(r.entity_type, a.entity_type) = a.entity_type
    -- of several rules the first whose condition holds
    AND (n.held & r.needs) = r.needs AND (n.held & r.bars) = 0
LEFT JOIN survive_system s ON s.rule_id = r.rule_id AND s.system = a.system
LEFT JOIN survive_state t
    ON t.rule_id = CASE WHEN r.strategy = 'most_restrictive' THEN r.rule_id END
    AND t.state = CASE WHEN r.strategy = 'most_restrictive' THEN json_extract_string(a.value, r.state_path) END
LEFT JOIN frequency f
    ON (r.strategy = 'most_frequent' OR r.then_by = 'most_frequent') AND f.golden_id = a.golden_id AND f.attribute = a.attribute AND f.comparable = a.comparable
LEFT JOIN live_override o ON o.golden_id = a.golden_id AND o.attribute = a.attribute

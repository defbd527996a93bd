-- A group survives together: its attributes in one source record are one value, which competes with those of the other records.
-- Reads:  candidate, golden_number, survive_word
-- Writes: contest (value_no is the record_id; item_no stands for golden record and group)
-- An initial is not the name: it counts as missing. (Scripts without capitals have no initials.)
-- Grain:  golden record, group, record_id; golden records of one source record have nothing to decide and are left out
SELECT
    golden::BIGINT * 65536 + rule_id AS item_no, record_id AS value_no, rule_id,
    any_value(system) AS system, any_value(object) AS object, 0 AS ordinal, record_id, NULL::VARCHAR AS mark,
    coalesce(array_to_string(list_transform(list_sort(
        list({'place': attribute_no, 'ordinal': ordinal, 'text': value}) FILTER (k_out <= 1)
    ), lambda part: lpad(part.place::VARCHAR, 5, '0') || part.text), chr(30)), '') AS value,
    coalesce(array_to_string(list_transform(list_sort(
        list({'place': attribute_no, 'ordinal': ordinal, 'text': comparable}) FILTER (k_out <= 1)
    ), lambda part: lpad(part.place::VARCHAR, 5, '0') || part.text), chr(30)), '') AS comparable,
    CASE WHEN min(k_out) <= 1 THEN 0::TINYINT ELSE min(k_out) END AS k_out,
    (any_value(w.required_count) - count(DISTINCT attribute_no) FILTER (
        required AND k_out <= 1 AND NOT regexp_matches(value, $initials)
    ))::SMALLINT AS k_group,
    bool_or(k_misspelt) AS k_misspelt, false AS k_fragment, 0::SMALLINT AS k_missing, 0::SMALLINT AS k_parts,
    bool_or(k_inactive) AS k_inactive,
    CASE WHEN any_value(w.strategy) IN ('most_complete', 'most_frequent') THEN sum(k_strategy) FILTER (k_out <= 1)
        ELSE min(k_strategy) END::BIGINT AS k_strategy,
    CASE WHEN any_value(w.then_by) IN ('most_complete', 'most_frequent') THEN sum(k_then) FILTER (k_out <= 1)
        ELSE min(k_then) END::BIGINT AS k_then,
    min(k_system) AS k_system, min(k_time) AS k_time,
    coalesce(sum(k_length) FILTER (k_out <= 1), 0)::INTEGER AS k_length,
    NULL::VARCHAR AS group_reason
FROM candidate c
JOIN survive_word w USING (rule_id)
WHERE grouped AND golden IN (SELECT golden FROM golden_number WHERE NOT alone)
GROUP BY golden, rule_id, record_id

-- What target records should be told: the surviving value, where the rules say they receive it and theirs means another.
-- Reads:  ranked_value, golden_number, golden_radius, target_value, writable, propose_rule, propose_target, propose_never
-- Writes: proposal
-- Grain:  record_id, attribute
-- Nothing is proposed: within a golden record of one source record (but an override is told); to the record that won; over
-- a value that means the same, or that a group's value only abbreviates (J over John, C. J over Crescencia); a blank over a
-- value; over a structured value one that lacks a part of it (but an optional one), or says no more; over one of several
-- surviving values unless the first of them is later than the record's own.
WITH told AS (
    SELECT p.*, t.system, t.object
    FROM propose_rule p
    JOIN writable t ON t.attribute = p.attribute
    WHERE EXISTS (
            SELECT 1 FROM propose_target g
            WHERE g.rule_id = p.rule_id AND g.system = t.system AND (g.object IS NULL OR g.object = t.object)
        )
        AND NOT EXISTS (
            SELECT 1 FROM propose_never n
            WHERE n.rule_id = p.rule_id AND n.system = t.system AND (n.object IS NULL OR n.object = t.object)
        )
),
several AS (
    SELECT golden FROM ranked_value GROUP BY golden HAVING min(record_id) < max(record_id)
),
winner AS (
    SELECT golden, rule_id, attribute_no, position, record_id, system, value, comparable, source_time, decided_by
    FROM ranked_value
    WHERE outcome = 'wins' AND value NOT IN ('null', '""')
        AND (position = 0 OR rule_id IN (SELECT rule_id FROM told WHERE strategy = 'most_restrictive'))
        AND rule_id IN (SELECT rule_id FROM told)
        AND (record_id IS NULL OR golden IN (SELECT golden FROM several))
),
record AS (
    SELECT DISTINCT n.golden, r.record_id, r.system, r.object, r.source_id
    FROM target_value r
    JOIN golden_number n ON n.golden_id = r.golden_id
    WHERE n.golden IN (SELECT golden FROM winner)
),
own AS (
    SELECT record_id, attribute_no, max(source_time) AS source_time
    FROM ranked_value
    WHERE record_id IS NOT NULL AND rule_id IN (SELECT rule_id FROM told WHERE strategy = 'union')
    GROUP BY ALL
),
aim AS (
    SELECT
        r.golden, r.record_id, r.system, r.object, r.source_id,
        t.attribute, t.strategy, t.review, t.grouped, t.kept, t.path_1, t.path_2, t.path_3, t.state_path,
        w.attribute_no, w.position, w.record_id AS winning_record, w.system AS winning_system, w.value, w.comparable,
        w.source_time, w.decided_by,
        CASE WHEN t.strategy = 'most_restrictive' THEN concat_ws(chr(31),
            json_extract_string(w.value, t.path_1), json_extract_string(w.value, t.path_2),
            json_extract_string(w.value, t.path_3)) END AS item
    FROM winner w
    JOIN told t ON t.rule_id = w.rule_id AND t.attribute_no = w.attribute_no
    JOIN record r ON r.golden = w.golden AND r.system = t.system AND r.object = t.object
    WHERE w.record_id IS DISTINCT FROM r.record_id
),
compared AS (
    SELECT
        a.*, h.value AS old_value, h.comparable AS old_comparable,
        h.value IS NULL OR h.value IN ('null', '""') AS blank
    FROM aim a
    LEFT JOIN target_value h
        ON h.record_id = a.record_id AND h.attribute = a.attribute
        AND (a.item IS NULL OR a.item = concat_ws(chr(31),
            json_extract_string(h.value, a.path_1), json_extract_string(h.value, a.path_2),
            json_extract_string(h.value, a.path_3)))
)
SELECT
    n.golden_id, c.record_id, c.system, c.object, c.source_id, c.attribute,
    CASE WHEN NOT c.blank THEN c.old_value END AS old_value,
    c.value AS new_value,
    CASE
        WHEN c.review = 'always' OR (c.review = 'when_changed' AND NOT c.blank) THEN 'required'
        WHEN c.review = 'above_radius' AND coalesce(d.radius > $radius, true) THEN 'required'
        ELSE 'none'
    END AS review,
    concat(c.winning_system, ' wins (', c.decided_by, ')') AS reason
FROM compared c
JOIN golden_number n ON n.golden = c.golden
LEFT JOIN golden_radius d ON c.review = 'above_radius' AND d.golden_id = n.golden_id
LEFT JOIN own o ON o.record_id = c.record_id AND o.attribute_no = c.attribute_no
WHERE CASE
        WHEN c.winning_record IS NULL THEN c.old_value IS DISTINCT FROM c.value
        WHEN c.strategy = 'most_restrictive' THEN NOT c.blank
            AND json_extract_string(c.old_value, c.state_path) IS DISTINCT FROM json_extract_string(c.value, c.state_path)
        WHEN c.blank THEN true
        WHEN c.old_comparable = c.comparable THEN false
        WHEN len(list_filter(c.kept, lambda part:
            coalesce(json_extract_string(c.old_value, part), '') <> '' AND coalesce(json_extract_string(c.value, part), '') = '')) > 0
            THEN false
        -- every piece of its comparable form that is not empty is there already
        WHEN len(c.kept) > 0 AND len(list_filter(list_zip(string_split(c.comparable, '|'), string_split(c.old_comparable, '|')),
            lambda pair: pair[1] <> '' AND pair[1] IS DISTINCT FROM pair[2])) = 0
            THEN false
        WHEN c.strategy = 'union' THEN c.source_time > o.source_time
        WHEN c.grouped THEN NOT coalesce(starts_with(c.old_comparable, c.comparable), false)
            AND (regexp_matches(c.old_value, $initials)
                OR NOT regexp_matches(c.value, $initials))
        ELSE true
    END
QUALIFY row_number() OVER (PARTITION BY c.record_id, c.attribute ORDER BY c.position, c.value) = 1

-- Golden records with the lineage of every value.
-- Reads:  ranked_value, golden_number, survive_attribute
-- Writes: golden
-- Grain:  golden_id
-- lineage: {attribute: [{item, winner: [record_id, version, ordinal] | "override", rule, override?, supported_by?: [[record_id,
--   version, ordinal]...], losers?: [[record_id, version, ordinal, reason]...]}]}; an entry without winner holds what never won.
-- Keys stand in the order of their text (list_sort of '"key":...'), so that equal records are equal texts. (A sorted
-- list of text costs half of an aggregate with ORDER BY: measured.)
WITH behind AS (
    SELECT
        golden, attribute_no, position,
        concat_ws(',',
            '"supported_by":[' || string_agg(line, ',' ORDER BY rank, comparable, record_id, ordinal)
                FILTER (outcome = 'supports') || ']',
            '"losers":[' || string_agg(line, ',' ORDER BY rank, comparable, record_id, ordinal)
                FILTER (outcome = 'loses') || ']'
        ) AS line
    FROM (
        SELECT
            golden, attribute_no, position, rank, comparable, record_id, ordinal, outcome,
            concat('[', record_id, ',', version, ',', ordinal, ',' || to_json(reason), ']') AS line
        FROM ranked_value
        WHERE outcome <> 'wins'
    )
    GROUP BY golden, attribute_no, position
),
item AS (
    SELECT
        w.golden, w.attribute_no, w.position, w.value,
        concat(
            '{"item":', w.position,
            CASE
                WHEN w.record_id IS NULL THEN concat(',"winner":"override","rule":"override","override":', w.comparable)
                ELSE concat(',"winner":[', w.record_id, ',', w.version, ',', w.ordinal, '],"rule":', to_json(w.decided_by))
            END,
            ',' || b.line, '}'
        ) AS line
    FROM ranked_value w
    LEFT JOIN behind b ON b.golden = w.golden AND b.attribute_no = w.attribute_no AND b.position = w.position
    WHERE w.outcome = 'wins'
    UNION ALL
    SELECT golden, attribute_no, NULL, NULL, concat('{', line, '}') FROM behind WHERE position IS NULL
),
whole AS (
    SELECT golden, attribute_no, value, line
    FROM item
    WHERE attribute_no NOT IN (SELECT attribute_no FROM survive_attribute WHERE multi)
    UNION ALL
    SELECT
        golden, attribute_no, '[' || string_agg(value, ',' ORDER BY position) || ']',
        string_agg(line, ',' ORDER BY position NULLS LAST)
    FROM item
    WHERE attribute_no IN (SELECT attribute_no FROM survive_attribute WHERE multi)
    GROUP BY golden, attribute_no
),
assembled AS (
    SELECT
        golden,
        array_to_string(list_sort(list('"' || attribute || '":' || value) FILTER (value IS NOT NULL)), ',') AS "values",
        array_to_string(list_sort(list(concat('"', attribute, '":[', line, ']'))), ',') AS lineage
    FROM whole
    JOIN survive_attribute USING (attribute_no)
    GROUP BY golden
)
SELECT
    n.golden_id, n.entity_type, concat('{', a."values", '}') AS "values", concat('{', a.lineage, '}') AS lineage
FROM golden_number n
LEFT JOIN assembled a ON a.golden = n.golden

-- Golden records with the lineage of every value.
-- Reads:  ranked_value, golden_number, survive_attribute
-- Writes: golden
-- Grain:  golden_id
-- lineage: {attribute: [{item, winner: [record_id, version, ordinal] | "override", rule, override?, supported_by?: [[record_id,
--   version, ordinal]...], losers?: [[record_id, version, ordinal, reason]...]}]}; an entry without winner holds what never won.
-- Keys stand in the order of their text (list_sort of '"key":...'), so that equal records are equal texts. (A sorted
-- list costs half of an aggregate with ORDER BY: measured.)
WITH behind AS (
    SELECT
        golden, attribute_no, position,
        concat_ws(',',
            '"supported_by":[' || array_to_string(list_transform(
                list_sort(list(placed) FILTER (outcome = 'supports')), lambda one: one.line), ',') || ']',
            '"losers":[' || array_to_string(list_transform(
                list_sort(list(placed) FILTER (outcome = 'loses')), lambda one: one.line), ',') || ']'
        ) AS line
    FROM (
        SELECT
            golden, attribute_no, position, outcome,
            {'rank': rank, 'comparable': comparable, 'record_id': record_id, 'ordinal': ordinal,
             'line': concat('[', record_id, ',', version, ',', ordinal, ',' || to_json(reason), ']')} AS placed
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
-- attributes with more than one item, or with values of which nothing won: only these need putting together
several AS (SELECT DISTINCT golden, attribute_no FROM ranked_value WHERE position > 0 OR position IS NULL),
whole AS (
    SELECT i.golden, m.attribute, CASE WHEN m.multi THEN '[' || i.value || ']' ELSE i.value END AS value, i.line
    FROM item i
    JOIN survive_attribute m USING (attribute_no)
    ANTI JOIN several s ON m.multi AND s.golden = i.golden AND s.attribute_no = i.attribute_no
    UNION ALL
    SELECT
        i.golden, any_value(m.attribute),
        '[' || array_to_string(list_transform(
            list_sort(list({'position': i.position, 'text': i.value}) FILTER (i.position IS NOT NULL)), lambda one: one.text), ',')
            || ']',
        array_to_string(list_transform(
            list_sort(list({'position': coalesce(i.position, 2147483647), 'text': i.line})), lambda one: one.text), ',')
    FROM item i
    JOIN survive_attribute m USING (attribute_no)
    SEMI JOIN several s ON s.golden = i.golden AND s.attribute_no = i.attribute_no
    WHERE m.multi
    GROUP BY i.golden, i.attribute_no
),
assembled AS (
    SELECT
        golden,
        array_to_string(list_sort(list('"' || attribute || '":' || value) FILTER (value IS NOT NULL)), ',') AS "values",
        array_to_string(list_sort(list(concat('"', attribute, '":[', line, ']'))), ',') AS lineage
    FROM whole
    GROUP BY golden
)
SELECT
    n.golden_id, n.entity_type, concat('{', a."values", '}') AS "values", concat('{', a.lineage, '}') AS lineage
FROM golden_number n
LEFT JOIN assembled a ON a.golden = n.golden

-- Which conditions of the rules hold for which golden records, as bits.
-- Reads:  attribute_value, golden_number, live_override, survive_condition, survive_clause
-- Writes: condition_held
-- Grain:  golden, of those for which any holds
-- What records say counts, unless it is marked, blank, overridden or of a system that may not assert; of records their source
-- closed only where the attribute's own rule takes them for equal; and what a steward's override says. A value is compared with the words of the rule as it is written and in comparable form.
WITH asked AS (SELECT DISTINCT attribute FROM survive_clause WHERE attribute IS NOT NULL),
said AS (
    SELECT n.golden, a.attribute, a.system, lower(trim(a.value, '"')) AS text, lower(a.comparable) AS comparable,
        coalesce(a.inactive, false) AS inactive
    FROM attribute_value a
    JOIN golden_number n ON n.golden_id = a.golden_id
    SEMI JOIN asked ON asked.attribute = a.attribute
    ANTI JOIN live_override o ON o.golden_id = a.golden_id AND o.attribute = a.attribute
    WHERE coalesce(a.mark, 'misspelt') = 'misspelt' AND a.value NOT IN ('null', '""')
        AND NOT coalesce(a.outlived, false)
    UNION ALL
    SELECT n.golden, o.attribute, NULL, lower(trim(o.value, '"')), NULL, false
    FROM live_override o
    JOIN golden_number n ON n.golden_id = o.golden_id
    WHERE o.value IS NOT NULL AND o.value NOT IN ('null', '""', '[]')
),
met AS (
    SELECT s.golden, c.bit, c.clause, c.wanted
    FROM said s
    JOIN survive_clause c ON c.attribute = s.attribute
    WHERE (c.closed OR NOT s.inactive)
        AND (len(c.texts) = 0 OR list_contains(c.texts, s.text) OR coalesce(list_contains(c.texts, s.comparable), false))
        AND (s.system IS NULL OR NOT list_contains(c.deaf, s.system) AND (c.others OR list_contains(c.known, s.system)))
    UNION
    SELECT n.golden, c.bit, c.clause, c.wanted
    FROM attribute_value a
    JOIN golden_number n ON n.golden_id = a.golden_id
    JOIN survive_clause c ON c.attribute IS NULL AND list_contains(c.systems, a.system)
    WHERE NOT coalesce(a.inactive, false) AND NOT coalesce(a.outlived, false)
),
counted AS (
    SELECT golden, bit, count(*) FILTER (wanted) AS wanted, count(*) FILTER (NOT wanted) AS unwanted FROM met GROUP BY ALL
)
SELECT n.golden, bit_or(c.bit)::BIGINT AS held
FROM golden_number n
JOIN survive_condition c ON len(c.entity_types) = 0 OR list_contains(c.entity_types, n.entity_type)
LEFT JOIN counted k ON k.golden = n.golden AND k.bit = c.bit
WHERE coalesce(k.wanted, 0) = c.wanted AND coalesce(k.unwanted, 0) = 0
GROUP BY n.golden

-- The values that compete: those of items with more than one, and those of groups, which carry what their group decided.
-- Reads:  candidate, golden_number, group_verdict, fragment
-- Writes: contest
-- Grain:  value_no (the rowid of candidate); item_no is the smallest of them in the item
-- A fragment competes with the fuller value it is part of.
WITH entry AS (
    SELECT c.*, c.rowid AS value_no, coalesce(f.into_item, c.item) AS contested, f.item IS NOT NULL AS k_fragment
    FROM candidate c
    LEFT JOIN fragment f ON f.golden = c.golden AND f.attribute_no = c.attribute_no AND f.item = c.item
),
item AS (
    SELECT golden, attribute_no, contested, min(value_no) AS item_no
    FROM entry
    JOIN golden_number USING (golden)
    GROUP BY golden, attribute_no, contested
    HAVING count(*) > 1 OR bool_or(grouped AND NOT alone)
)
SELECT
    i.item_no, c.value_no, c.rule_id, c.system, c.object, c.ordinal, c.record_id, c.mark, c.value, c.comparable,
    CASE WHEN c.k_out = 0 AND g.rank > 1 THEN 2 ELSE c.k_out END::TINYINT AS k_out,
    CASE WHEN c.grouped THEN coalesce(least(g.rank, 32767), 1) ELSE 0 END::SMALLINT AS k_group,
    c.k_misspelt, c.k_fragment, c.k_missing, c.k_parts, c.k_inactive, c.k_strategy, c.k_then, c.k_system, c.k_time, c.k_length,
    CASE WHEN g.rank IS NOT NULL THEN coalesce(g.decided_by, g.reason, 'all agree') WHEN c.grouped THEN 'only value' END
        AS group_reason
FROM entry c
JOIN item i ON i.golden = c.golden AND i.attribute_no = c.attribute_no AND i.contested = c.contested
LEFT JOIN group_verdict g
    ON g.item_no = CASE WHEN c.grouped THEN c.golden::BIGINT * 65536 + c.rule_id END AND g.value_no = c.record_id

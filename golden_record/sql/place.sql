-- The order of the items of multi-valued attributes, by their winners.
-- Reads:  candidate, verdict
-- Writes: place
-- Grain:  value_no of the winner of an item
SELECT
    c.rowid AS value_no,
    row_number() OVER (
        PARTITION BY c.golden, c.attribute_no
        ORDER BY c.k_inactive, c.k_system, c.k_time, c.ordinal, c.k_length, c.value, c.system, c.object, c.item
    ) - 1 AS position
FROM candidate c
LEFT JOIN verdict v ON v.value_no = c.rowid
WHERE c.multi AND coalesce(v.outcome = 'wins', c.k_out <= 0)

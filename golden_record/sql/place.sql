-- The order of the items of multi-valued attributes, by the best of the values that mean what the winner means: an item the
-- owner names keeps the owner's place also where another system's text of it is shown. Items nobody spelt well come last,
-- before them the less complete ones. What is part of a fuller value speaks for that one's place.
-- Reads:  candidate, verdict, fragment
-- Writes: place
-- Grain:  value_no of the winner of an item
WITH standing AS (
    SELECT
        c.golden, c.attribute_no, coalesce(v.winner_no, c.rowid) AS value_no, c.k_misspelt,
        CASE WHEN f.item IS NULL THEN c.k_missing END AS k_missing,
        row_number() OVER (
            PARTITION BY c.golden, c.attribute_no
            ORDER BY c.k_inactive, c.k_system, c.k_time, c.ordinal, c.k_length, c.value, c.system, c.object, c.item
        ) AS place
    FROM candidate c
    LEFT JOIN verdict v ON v.value_no = c.rowid
    LEFT JOIN fragment f ON f.golden = c.golden AND f.attribute_no = c.attribute_no AND f.item = c.item
    WHERE c.multi
        AND coalesce(
            v.outcome IN ('wins', 'supports')
                OR (v.outcome = 'loses' AND v.won AND c.k_out = 0 AND (c.k_misspelt OR f.item IS NOT NULL)),
            c.k_out <= 0
        )
)
SELECT
    value_no,
    row_number() OVER (PARTITION BY golden, attribute_no ORDER BY bool_and(k_misspelt), min(k_missing), min(place)) - 1 AS position
FROM standing
GROUP BY golden, attribute_no, value_no

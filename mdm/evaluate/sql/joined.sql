-- What brought the pairs inside golden records together.
-- Reads:  made_pair, line
-- Writes: nothing
-- Grain:  reason
SELECT
    CASE
        WHEN decided = 'must_link' THEN 0
        WHEN match_weight >= match THEN 1
        WHEN match_weight >= keep THEN 2
        WHEN match_weight IS NOT NULL THEN 3
        ELSE 4
    END AS place,
    count(*) FILTER (same) AS pairs_right, count(*) FILTER (NOT same) AS pairs_wrong
FROM made_pair
JOIN line USING (entity_type)
GROUP BY place
ORDER BY place

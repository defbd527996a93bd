-- The members of every household with the strongest tie that holds each.
-- Reads:  household_mark, household_tie, household_rule
-- Writes: household_found
-- Grain:  golden_id; household_key is one member's id, the same for all
SELECT m.golden_id, m.mark AS household_key, r.reason
FROM household_mark m
JOIN (
    SELECT golden_id, min(place) AS place
    FROM (SELECT golden_a AS golden_id, place FROM household_tie UNION ALL SELECT golden_b, place FROM household_tie)
    GROUP BY golden_id
) t USING (golden_id)
JOIN household_rule r USING (place)

-- One step of finding who hangs together: everybody takes the smallest mark of those he is tied to, or keeps his own.
-- Reads:  household_mark, household_tie
-- Writes: household_mark
-- Grain:  golden_id
SELECT golden_id, min(mark) AS mark
FROM (
    SELECT golden_id, mark FROM household_mark
    UNION ALL
    SELECT t.golden_a, m.mark FROM household_tie t JOIN household_mark m ON m.golden_id = t.golden_b
    UNION ALL
    SELECT t.golden_b, m.mark FROM household_tie t JOIN household_mark m ON m.golden_id = t.golden_a
)
GROUP BY golden_id

-- The weakest ties of those who hang together in too great a number.
-- Reads:  household_mark, household_tie
-- Writes: nothing
-- Grain:  golden_a < golden_b
WITH large AS (SELECT mark FROM household_mark GROUP BY mark HAVING count(*) > $largest),
tie AS (
    SELECT t.golden_a, t.golden_b, t.place, max(t.place) OVER (PARTITION BY m.mark) AS weakest
    FROM household_tie t JOIN household_mark m ON m.golden_id = t.golden_a SEMI JOIN large USING (mark)
)
SELECT golden_a, golden_b FROM tie WHERE place = weakest

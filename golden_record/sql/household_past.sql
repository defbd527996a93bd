-- Ties of somebody's past: who has come to live with others since, whom those of the old address do not know.
-- Reads:  household_tie, household_fact, household_key, household_evidence
-- Writes: household_past
-- Grain:  golden_a < golden_b
-- Ties that rest on an address only: a common contact is of today.
WITH tie AS (
    SELECT golden_a AS one, golden_b AS other FROM household_tie
    UNION ALL
    SELECT golden_b, golden_a FROM household_tie
), address AS (SELECT key, golden_id, seen FROM household_key WHERE kind = 'address'),
at_home AS (
    -- when somebody was last seen at an address that a tie is about
    SELECT t.one, t.other, max(a.seen) AS seen
    FROM tie t JOIN address a ON a.golden_id = t.one JOIN address b ON b.key = a.key AND b.golden_id = t.other
    GROUP BY t.one, t.other
), moved AS (
    SELECT old.one, old.other
    FROM at_home old
    JOIN at_home new ON new.one = old.one AND new.seen > old.seen
    JOIN household_evidence e ON e.golden_id = old.other
    JOIN household_evidence n ON n.golden_id = new.other
    ANTI JOIN household_fact f ON f.golden_a = least(old.other, new.other) AND f.golden_b = greatest(old.other, new.other)
    WHERE old.other <> new.other AND NOT list_has_any(e.names, n.names)
)
SELECT DISTINCT least(m.one, m.other) AS golden_a, greatest(m.one, m.other) AS golden_b
FROM moved m
JOIN household_fact f ON f.golden_a = least(m.one, m.other) AND f.golden_b = greatest(m.one, m.other)
WHERE (f.facts & 8) = 0

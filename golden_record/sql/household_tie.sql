-- Who lives with whom, by the first rule that holds; a grown child with an address of its own does not live with its parents.
-- Reads:  household_fact, household_rule (place, reason, needs, forbids, last_names_at_most, people_at_most, in_unit), household_evidence
-- Writes: household_tie
-- Grain:  golden_a < golden_b
WITH held AS (
    SELECT f.golden_a, f.golden_b, min(r.place) AS place
    FROM household_fact f
    JOIN household_rule r ON (f.facts & r.needs) = r.needs AND (f.facts & r.forbids) = 0
        AND (r.last_names_at_most IS NULL
             OR CASE WHEN r.in_unit THEN f.names_in_unit ELSE f.names_at_address END <= r.last_names_at_most)
        AND (r.people_at_most IS NULL
             OR CASE WHEN r.in_unit THEN f.people_in_unit ELSE f.people_at_address END <= r.people_at_most)
    GROUP BY f.golden_a, f.golden_b
), home AS (
    SELECT golden_id, home, max(seen) AS seen
    FROM (SELECT golden_id, unnest(homes) AS home, unnest(seen) AS seen FROM household_evidence) GROUP BY golden_id, home
), generation AS (
    SELECT h.golden_a, h.golden_b, CASE WHEN a.born > b.born THEN a.golden_id ELSE b.golden_id END AS child,
           CASE WHEN a.born > b.born THEN b.golden_id ELSE a.golden_id END AS parent
    FROM held h
    JOIN household_evidence a ON a.golden_id = h.golden_a
    JOIN household_evidence b ON b.golden_id = h.golden_b
    WHERE abs(a.born - b.born) >= $child_younger_by
), left_home AS (
    SELECT g.golden_a, g.golden_b
    FROM generation g
    JOIN home c ON c.golden_id = g.child
    LEFT JOIN home p ON p.golden_id = g.parent AND p.home = c.home
    GROUP BY g.golden_a, g.golden_b
    HAVING max(c.seen) FILTER (p.home IS NULL) > max(c.seen) FILTER (p.home IS NOT NULL)
)
SELECT golden_a, golden_b, place FROM held ANTI JOIN left_home USING (golden_a, golden_b)

-- All figures of one evaluation of households. A person is in a household we made to the share of his records there.
-- Pairs: of two people. B-cubed: Bagga and Baldwin 1998, mean over people; both with shares in the place of counts.
-- Reads:  lives (person, household_id, missing, made)
-- Writes: nothing
-- Grain:  one row
WITH part AS (
    SELECT person, household_id, made, count(*) / sum(count(*)) OVER (PARTITION BY person) AS share
    FROM lives GROUP BY person, household_id, made
),
made AS (SELECT made, sum(share) AS size, sum(share * share) AS self FROM part GROUP BY made),
truth AS (SELECT household_id, count(DISTINCT person) AS size FROM part GROUP BY household_id),
common AS (SELECT made, household_id, sum(share) AS size, sum(share * share) AS self FROM part GROUP BY made, household_id)
SELECT
    (SELECT count(DISTINCT person) FROM lives) AS people,
    (SELECT count(*) FROM (SELECT person FROM lives GROUP BY person HAVING bool_and(missing))) AS missing,
    (SELECT count(*) FROM truth WHERE size > 1) AS shared,
    (SELECT count(*) FROM common b JOIN truth t USING (household_id) JOIN made m USING (made)
     WHERE t.size > 1 AND abs(b.size - t.size) < 1e-9 AND abs(b.size - m.size) < 1e-9) AS exact,
    (SELECT max(n) FROM (SELECT count(*) AS n FROM lives GROUP BY made))::BIGINT AS largest,
    (SELECT coalesce(sum(size * (size - 1) / 2), 0) FROM truth)::DOUBLE AS pairs_true,
    (SELECT coalesce(sum((size * size - self) / 2), 0) FROM made)::DOUBLE AS pairs_made,
    (SELECT coalesce(sum((size * size - self) / 2), 0) FROM common)::DOUBLE AS pairs_both,
    (SELECT sum(p.share * b.size / m.size) FROM part p JOIN common b USING (made, household_id) JOIN made m USING (made))::DOUBLE
        / (SELECT count(DISTINCT person) FROM lives) AS bcubed_precision,
    (SELECT sum(p.share * b.size / t.size) FROM part p JOIN common b USING (made, household_id) JOIN truth t USING (household_id))::DOUBLE
        / (SELECT count(DISTINCT person) FROM lives) AS bcubed_recall

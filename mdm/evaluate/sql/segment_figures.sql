-- Figures of every segment. A pair counts where at least one of its records is in the segment, once: with s of a group's
-- n records in it, s * (n - s) + s * (s - 1) / 2 pairs. B-cubed is the mean over the segment's records.
-- Reads:  segment, labelled, overlap
-- Writes: nothing
-- Grain:  segment, value
WITH cell AS (
    SELECT s.segment, s.place, s.value, l.entity, l.golden, count(*) AS s
    FROM segment s
    JOIN labelled l USING (record_id)
    GROUP BY ALL
),
sized AS (
    SELECT c.*, o.n, o.entity_size, o.golden_size
    FROM cell c
    JOIN overlap o USING (entity, golden)
),
inside AS (
    SELECT
        segment, place, value, sum(s)::BIGINT AS records, sum(s * (n - s) + s * (s - 1) // 2)::BIGINT AS pairs_both,
        sum(s * n / golden_size) AS bcubed_precision, sum(s * n / entity_size) AS bcubed_recall,
        count(DISTINCT entity) AS entities, count(*) FILTER (n = entity_size AND n = golden_size) AS exact
    FROM sized
    GROUP BY segment, place, value
),
of_truth AS (
    SELECT segment, value, sum(s * (n - s) + s * (s - 1) // 2)::BIGINT AS pairs_true
    FROM (SELECT segment, value, sum(s) AS s, any_value(entity_size) AS n FROM sized GROUP BY segment, value, entity)
    GROUP BY segment, value
),
of_golden AS (
    SELECT segment, value, sum(s * (n - s) + s * (s - 1) // 2)::BIGINT AS pairs_golden
    FROM (SELECT segment, value, sum(s) AS s, any_value(golden_size) AS n FROM sized GROUP BY segment, value, golden)
    GROUP BY segment, value
)
SELECT b.*, t.pairs_true, g.pairs_golden
FROM inside b
JOIN of_truth t USING (segment, value)
JOIN of_golden g USING (segment, value)
ORDER BY b.segment, b.place, b.records DESC, b.value

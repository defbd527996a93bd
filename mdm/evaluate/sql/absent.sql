-- True pairs of which a record is not here, and pairs of groups too large to be looked at pair by pair.
-- Reads:  labelled, overlap
-- Writes: nothing
-- Grain:  one row
WITH entity AS (
    SELECT
        o.entity, any_value(o.entity_size) AS n, any_value(coalesce(m.n, 0)) AS absent,
        sum(o.n * (o.n - 1) // 2) AS found
    FROM overlap o
    LEFT JOIN (SELECT entity, count(*) AS n FROM labelled WHERE missing GROUP BY entity) m USING (entity)
    GROUP BY o.entity
)
SELECT
    coalesce(sum(n * (n - 1) // 2 - (n - absent) * (n - absent - 1) // 2), 0)::BIGINT AS absent,
    coalesce(sum((n - absent) * (n - absent - 1) // 2 - found) FILTER (n > $largest), 0)::BIGINT AS left_out
FROM entity

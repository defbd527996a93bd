-- Pairs of one entity type's records that are one customer.
-- Reads:  labelled
-- Writes: nothing
-- Grain:  one row
SELECT coalesce(sum(n * (n - 1) // 2), 0)::BIGINT AS pairs
FROM (SELECT count(*) AS n FROM labelled WHERE entity_type = '$entity_type' GROUP BY entity)

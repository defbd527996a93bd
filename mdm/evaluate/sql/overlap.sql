-- How many records each true entity and each golden record have in common, beside the size of both.
-- Reads:  labelled
-- Writes: overlap
-- Grain:  entity, golden
SELECT
    entity, golden, count(*) AS n,
    sum(count(*)) OVER (PARTITION BY entity) AS entity_size, sum(count(*)) OVER (PARTITION BY golden) AS golden_size
FROM labelled
GROUP BY entity, golden

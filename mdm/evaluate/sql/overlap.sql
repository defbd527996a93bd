-- How many records each true entity and each golden record have in common, beside the size of both.
-- Reads:  labelled
-- Writes: overlap
-- Grain:  entity_id, golden_id
SELECT
    entity_id, golden_id, count(*) AS n,
    sum(count(*)) OVER (PARTITION BY entity_id) AS entity_size, sum(count(*)) OVER (PARTITION BY golden_id) AS golden_size
FROM labelled
GROUP BY entity_id, golden_id

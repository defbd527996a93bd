-- The lowest weight from which on pairs are expected to be right often enough; null when there are too few to tell.
-- reads: line_weight   writes: nothing   grain: one row
WITH running AS (
    SELECT
        match_weight,
        avg(1 / (1 + pow(2, -match_weight))) OVER at_least AS expected,
        count(*) OVER at_least AS pairs
    FROM line_weight
    WINDOW at_least AS (ORDER BY match_weight DESC RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
)
SELECT min(match_weight) FROM running
WHERE match_weight >= $down_to AND expected >= $right AND pairs >= $fewest

-- Pairs with an objection: a contradiction by name, unless the pair's weight goes before it, or nothing but a name in
-- common. Conditions are compiled from rules.
-- reads: $pairs(record_a, record_b, match_weight), $records (typed)   writes: nothing   grain: pair
WITH side AS (
    SELECT p.record_a, p.record_b, p.match_weight, $sides
    FROM $pairs p JOIN $records a ON a.record_id = p.record_a JOIN $records b ON b.record_id = p.record_b
),
found AS (SELECT record_a, record_b, match_weight, CAST($contradiction AS VARCHAR) AS contradiction, $bare AS bare FROM side),
believed AS (
    SELECT record_a, record_b, CASE WHEN match_weight < $limit THEN contradiction END AS contradiction, bare FROM found
)
FROM believed WHERE contradiction IS NOT NULL OR bare

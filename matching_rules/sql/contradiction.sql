-- Pairs with an objection: a contradiction by name, or nothing but a name in common. Conditions are compiled from rules.
-- reads: $pairs(record_a, record_b, match_weight), $records (typed)   writes: nothing   grain: pair
WITH side AS (
    SELECT p.record_a, p.record_b, p.match_weight, $sides
    FROM $pairs p JOIN $records a ON a.record_id = p.record_a JOIN $records b ON b.record_id = p.record_b
)
SELECT * FROM (SELECT record_a, record_b, CAST($contradiction AS VARCHAR) AS contradiction, $bare AS bare FROM side)
WHERE contradiction IS NOT NULL OR bare

-- Pairs with the weight that decides and the first stage's. Either stage's is lowered where strangers agree by chance (crowded).
-- reads: first_stage(record_a, record_b, first_weight, crowded), second_stage(record_a, record_b, weight)   grain: pair
SELECT f.record_a, f.record_b, coalesce(s.weight, f.first_weight) - f.crowded AS match_weight, f.first_weight AS first_stage_weight
FROM first_stage f LEFT JOIN second_stage s ON s.record_a = f.record_a AND s.record_b = f.record_b

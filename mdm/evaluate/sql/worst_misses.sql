-- One customer in two golden records: the strongest pair between each two, the strongest first.
-- Reads:  missed
-- Writes: nothing
-- Grain:  entity, golden_a, golden_b
SELECT
    max_by(record_a, (match_weight, -record_a, -record_b)) AS record_a,
    max_by(record_b, (match_weight, -record_a, -record_b)) AS record_b,
    max_by(stage, (match_weight, -record_a, -record_b)) AS stage,
    max_by(reason, (match_weight, -record_a, -record_b)) AS reason,
    max(match_weight) AS match_weight, count(*) AS pairs
FROM missed
WHERE match_weight IS NOT NULL
GROUP BY entity, golden_a, golden_b
ORDER BY max(match_weight) DESC, pairs DESC, record_a, record_b
LIMIT $most

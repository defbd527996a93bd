-- Pairs that count wherever their records are, each once: one scored just now with its new weight, also where an old one is stored.
-- reads: fresh_pair, stored_pair   writes: nothing   grain: unordered pair of records
SELECT record_a, record_b, match_weight, first_stage_weight, false AS completed FROM fresh_pair WHERE match_weight >= $potential
UNION ALL
SELECT record_a, record_b, match_weight, first_stage_weight, completed
FROM stored_pair ANTI JOIN fresh_pair USING (record_a, record_b)
WHERE NOT completed

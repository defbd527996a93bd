-- Two customers in one golden record: the strongest pair between each two, the strongest first.
-- Reads:  made_pair, line
-- Writes: nothing
-- Grain:  golden, entity_a, entity_b
SELECT
    max_by(record_a, (weight, -record_a, -record_b)) AS record_a,
    max_by(record_b, (weight, -record_a, -record_b)) AS record_b,
    any_value(match) AS match, bool_or(decided = 'must_link') AS decided, max(match_weight) AS match_weight,
    count(*) AS pairs
FROM (SELECT *, coalesce(match_weight, '-inf'::DOUBLE) AS weight FROM made_pair WHERE NOT same)
JOIN line USING (entity_type)
GROUP BY golden, entity_a, entity_b
ORDER BY max(weight) DESC, pairs DESC, record_a, record_b
LIMIT $most

-- DuckDB. The questions for stewards, each with a stable name, so that the same question is asked once.
-- A pair of records that both belong to golden records already asks about a potential duplicate.
-- reads: question, held, new_noise_carrier   grain: question
SELECT CASE WHEN a.golden_id IS NOT NULL AND b.golden_id IS NOT NULL AND a.golden_id <> b.golden_id THEN 'potential_duplicate'
            WHEN a.golden_id IS NOT NULL AND a.golden_id = b.golden_id THEN 'broken_cluster'
            ELSE 'potential_match' END AS reason,
       concat('pair:', least(q.record_a, q.record_b), ':', greatest(q.record_a, q.record_b)) AS question,
       [q.record_a, q.record_b] AS record_ids, round(q.match_weight, 6) AS match_weight,
       -- the closer to the line, the more an answer is worth
       round(10 / (1 + abs(q.match_weight - l.match)), 4) AS priority,
       json_object('entity_type', q.entity_type, 'guard', q.guard) AS detail
FROM question q
JOIN entity_line l USING (entity_type)
LEFT JOIN held a ON a.record_id = q.record_a
LEFT JOIN held b ON b.record_id = q.record_b
UNION ALL
SELECT 'suspect_shared_value', concat('shared:', column_name, ':', md5(value)), NULL, NULL, least(100, ln(carriers) * 5),
       json_object('entity_type', entity_type, 'attribute', column_name, 'carriers', carriers)
FROM new_noise

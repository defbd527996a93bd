-- DuckDB. The questions for stewards, each with a stable name, so that the same question is asked once.
-- A pair of records that both belong to golden records already asks about a potential duplicate.
-- reads: question, held, entity_line, new_noise, conflict, record_fact, decision, assignment, standardised   grain: question
WITH RECURSIVE linked AS (
    -- decisions about records that are here; one about a deleted record says nothing until it is back
    SELECT d.* FROM decision d
    SEMI JOIN assignment a ON a.record_id = d.record_a SEMI JOIN assignment b ON b.record_id = d.record_b
), ends AS (
    SELECT record_a AS record_id, record_b AS other FROM linked WHERE kind = 'must_link'
    UNION
    SELECT record_b, record_a FROM linked WHERE kind = 'must_link'
), reached AS (
    -- whom must-links chain to the first record of a cannot-link
    SELECT record_a, record_b, record_a AS record_id FROM linked WHERE kind = 'cannot_link'
    UNION
    SELECT r.record_a, r.record_b, e.other FROM reached r JOIN ends e USING (record_id)
), chain AS (
    SELECT record_a, record_b, list(record_id ORDER BY record_id) FILTER (record_id NOT IN (record_a, record_b)) AS between
    FROM reached GROUP BY record_a, record_b HAVING bool_or(record_id = record_b)
), side AS (
    -- who of a golden record says the same
    SELECT c.golden_id, c.entity_type, c.attribute, c.said, list(c.record_id ORDER BY c.record_id) AS record_ids,
           list(concat_ws('/', f.system, f.object, f.source_id) ORDER BY f.system, f.object, f.source_id) AS records
    FROM conflict c JOIN record_fact f USING (record_id)
    GROUP BY c.golden_id, c.entity_type, c.attribute, c.said
)
SELECT CASE WHEN a.golden_id IS NOT NULL AND b.golden_id IS NOT NULL AND a.golden_id <> b.golden_id THEN 'potential_duplicate'
            WHEN a.golden_id IS NOT NULL AND a.golden_id = b.golden_id THEN 'broken_cluster'
            ELSE 'potential_match' END AS reason,
       concat('pair:', least(q.record_a, q.record_b), ':', greatest(q.record_a, q.record_b)) AS question,
       [q.record_a, q.record_b] AS record_ids, round(q.match_weight, 6) AS match_weight,
       round(q.first_stage_weight, 6) AS first_stage_weight,
       -- the closer to the line, the more an answer is worth
       round(10 / (1 + abs(q.match_weight - l.match)), 4) AS priority,
       json_object('entity_type', q.entity_type, 'guard', q.guard) AS detail
FROM question q
JOIN entity_line l USING (entity_type)
LEFT JOIN held a ON a.record_id = q.record_a
LEFT JOIN held b ON b.record_id = q.record_b
UNION ALL
-- a value that too many people and too many firms carry is one question
SELECT 'suspect_shared_value', concat('shared:', column_name, ':', md5(value)), NULL, NULL, NULL,
       least(100, ln(sum(carriers)) * 5),
       json_object('entity_type', arg_max(entity_type, (carriers, entity_type)), 'attribute', column_name,
                   'carriers', CAST(sum(carriers) AS BIGINT))
FROM new_noise GROUP BY column_name, value
UNION ALL
-- Who is meant is settled, what is true of them is not: half as urgent as a pair on the line.
SELECT 'attribute_conflict', concat('conflict:', attribute, ':', array_to_string(list_sort(record_ids), ':')), record_ids, NULL, NULL, 5,
       json_object('entity_type', entity_type, 'attribute', attribute, 'sides', sides)
FROM (
    SELECT entity_type, attribute, flatten(list(record_ids ORDER BY records)) AS record_ids, list(records ORDER BY records) AS sides
    FROM side GROUP BY golden_id, entity_type, attribute
)
UNION ALL
-- People contradict people, and the machine cannot obey both: before any question of its own.
SELECT 'decision_conflict', concat('decisions:', c.record_a, ':', c.record_b), list_concat([c.record_a, c.record_b], c.between), NULL, NULL, 20,
       json_object('entity_type', s.entity_type, 'must_links', (
           SELECT count(*) FROM linked k
           WHERE k.kind = 'must_link' AND (k.record_a = c.record_a OR k.record_a = c.record_b OR list_contains(c.between, k.record_a))
       ))
FROM chain c
JOIN standardised s ON s.record_id = c.record_a

-- DuckDB. Open questions that nobody asks any more, all of whose records were judged anew (for a contradiction inside a golden
-- record, made anew), with what answers them.
-- reads: open_task, affected, remade, task, question, cluster, contradiction, decision   grain: task
WITH asked AS (SELECT task_id, question, reason, unnest(record_ids) AS record_id FROM open_task), looked_at AS (
    SELECT record_id, false AS inside FROM affected UNION ALL SELECT record_id, true FROM remade
), over AS (
    SELECT a.task_id
    FROM asked a LEFT JOIN looked_at l ON l.record_id = a.record_id AND l.inside = (a.reason = 'attribute_conflict')
    GROUP BY a.task_id, a.question
    HAVING count(*) = count(l.record_id) AND a.question NOT IN (SELECT question FROM task)
), placed AS (
    SELECT o.task_id, o.reason, o.record_ids[1] AS record_a, o.record_ids[2] AS record_b, a.cluster_key AS first, b.cluster_key AS second
    FROM open_task o SEMI JOIN over USING (task_id)
    LEFT JOIN cluster a ON a.record_id = o.record_ids[1]
    LEFT JOIN cluster b ON b.record_id = o.record_ids[2]
), decided AS (
    SELECT DISTINCT least(a.cluster_key, b.cluster_key) AS first, greatest(a.cluster_key, b.cluster_key) AS second
    FROM decision d JOIN cluster a ON a.record_id = d.record_a JOIN cluster b ON b.record_id = d.record_b
    WHERE d.kind = 'cannot_link'
)
SELECT p.task_id,
       CASE WHEN p.reason = 'attribute_conflict' THEN 'the values contradict each other no longer'
            WHEN p.reason = 'decision_conflict' THEN 'the decisions contradict each other no longer'
            WHEN p.first IS NULL OR p.second IS NULL THEN 'a record is gone'
            WHEN p.first = p.second AND m.kind = 'must_link' THEN 'a steward said: the same'
            WHEN p.first = p.second THEN 'one customer now'
            WHEN d.first IS NOT NULL THEN 'a steward said: not the same'
            WHEN q.first_cluster IS NOT NULL THEN 'another pair of the same two customers is asked about'
            WHEN c.contradiction IS NOT NULL THEN concat('contradiction: ', c.contradiction)
            ELSE 'too little speaks for it now' END AS closed_reason
FROM placed p
LEFT JOIN decision m ON m.record_a = p.record_a AND m.record_b = p.record_b
LEFT JOIN decided d ON d.first = least(p.first, p.second) AND d.second = greatest(p.first, p.second)
LEFT JOIN question q ON q.first_cluster = least(p.first, p.second) AND q.second_cluster = greatest(p.first, p.second)
LEFT JOIN contradiction c ON c.record_a = p.record_a AND c.record_b = p.record_b

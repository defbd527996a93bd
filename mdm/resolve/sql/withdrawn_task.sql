-- DuckDB. Open questions that nobody asks any more, all of whose records were judged anew; for a contradiction inside a golden
-- record, made anew.
-- reads: open_task, affected, remade, task   grain: task
WITH asked AS (SELECT task_id, question, reason, unnest(record_ids) AS record_id FROM open_task), looked_at AS (
    SELECT record_id, false AS inside FROM affected UNION ALL SELECT record_id, true FROM remade
)
SELECT a.task_id FROM asked a LEFT JOIN looked_at l ON l.record_id = a.record_id AND l.inside = (a.reason = 'attribute_conflict')
GROUP BY a.task_id, a.question
HAVING count(*) = count(l.record_id) AND a.question NOT IN (SELECT question FROM task)

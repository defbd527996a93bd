-- DuckDB. Open questions that nobody asks any more, all of whose records were judged anew.
-- reads: open_task, affected, task   grain: task
WITH asked AS (SELECT task_id, question, unnest(record_ids) AS record_id FROM open_task)
SELECT task_id FROM asked LEFT JOIN affected USING (record_id)
GROUP BY task_id, question
HAVING count(*) = count(affected.record_id) AND question NOT IN (SELECT question FROM task)

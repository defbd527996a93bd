-- DuckDB. Open questions about judged records that nobody asks any more.   reads: open_task, affected, task   grain: task
SELECT task_id FROM open_task
SEMI JOIN (SELECT DISTINCT task_id FROM (SELECT task_id, unnest(record_ids) AS record_id FROM open_task)
           SEMI JOIN affected USING (record_id)) judged USING (task_id)
ANTI JOIN task USING (question)

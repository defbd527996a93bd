-- DuckDB. Open questions that are asked still, as they stand now.   reads: task, open_task   grain: task
SELECT o.task_id, t.match_weight, t.first_stage_weight, t.priority, t.detail
FROM task t JOIN open_task o USING (question)

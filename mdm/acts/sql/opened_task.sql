-- DuckDB. Questions that would be opened.   reads: task, open_task   grain: reason
SELECT reason, count(*) AS n FROM task ANTI JOIN open_task USING (question) GROUP BY reason ORDER BY reason

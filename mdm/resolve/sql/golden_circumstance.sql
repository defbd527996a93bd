-- DuckDB. Which of the records at hand changed since the last run, and what they say, for ids of golden records split evenly.
-- reads: standardised, restless   grain: source record
SELECT s.record_id, r.record_id IS NOT NULL AS restless, s.content_hash AS content
FROM standardised s LEFT JOIN restless r USING (record_id)

-- DuckDB. Which of the records at hand changed since the last run, and what they say, for ids of golden records split evenly.
-- reads: standardised, changed   grain: source record
SELECT s.record_id, c.record_id IS NOT NULL AS restless, s.content_hash AS content
FROM standardised s
LEFT JOIN (SELECT DISTINCT record_id FROM changed) c USING (record_id)

-- Open questions about some records, most urgent first.
-- Reads:  review_task; :record_ids
-- Grain:  one review task
SELECT task_id, reason, match_weight, opened_at, record_ids
FROM mdm.review_task
WHERE state = 'open' AND record_ids && CAST(:record_ids AS bigint[])
ORDER BY priority DESC, opened_at, task_id

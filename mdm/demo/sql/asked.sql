-- The open question nearest to the line that no guard raised.   reads: review_task
SELECT task_id, record_ids, match_weight, detail ->> 'guard' AS guard FROM mdm.review_task
WHERE state = 'open' AND reason = 'potential_match' AND detail ->> 'guard' IS NULL AND detail ->> 'entity_type' = 'person'
ORDER BY priority DESC, question LIMIT 1

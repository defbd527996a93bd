-- Two records the weights alone would have linked and a guard kept apart.   reads: review_task
SELECT task_id, record_ids, match_weight, detail ->> 'guard' AS guard FROM mdm.review_task
WHERE state = 'open' AND detail ->> 'guard' IS NOT NULL AND detail ->> 'entity_type' = 'person' AND cardinality(record_ids) = 2
ORDER BY (detail ->> 'guard' = 'parent and child of one name') DESC, (detail ->> 'guard' = 'twins or siblings') DESC,
         match_weight DESC, question
LIMIT 1

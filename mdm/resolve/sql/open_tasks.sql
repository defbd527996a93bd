-- PostgreSQL. Open questions that resolution asks.   reads: review_task   grain: task
SELECT task_id, reason, question, record_ids FROM mdm.review_task
WHERE state = 'open'
  AND reason IN ('potential_match', 'potential_duplicate', 'broken_cluster', 'attribute_conflict', 'decision_conflict', 'suspect_shared_value')

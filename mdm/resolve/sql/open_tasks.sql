-- PostgreSQL. Open questions about who is the same.   reads: review_task   grain: task
SELECT task_id, reason, question, record_ids FROM mdm.review_task WHERE state = 'open'

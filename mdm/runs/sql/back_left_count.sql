-- PostgreSQL. How much of a run stays.   reads: back_golden, proposed_change, review_task; :run   grain: kind
SELECT 'judged_again' AS kind, count(*) AS n FROM back_golden WHERE held_by IS NOT NULL
UNION ALL
SELECT 'exported', count(*) FROM mdm.proposed_change
WHERE state = 'exported' AND (run_id = :run OR CAST(:run AS uuid) = ANY (origins))
UNION ALL
SELECT 'answered', count(*) FROM mdm.review_task
WHERE state = 'decided' AND (opened_run_id = :run OR CAST(:run AS uuid) = ANY (origins))

-- PostgreSQL. What of a run stays, and why. kind: judged_again (a golden id), exported (a proposal), answered (a question).
-- reads: back_golden, proposed_change, review_task; :run, :some   grain: golden record, proposal or question
(SELECT 'judged_again' AS kind, golden_id AS id, held_by AS by_run, NULL AS said FROM back_golden WHERE held_by IS NOT NULL
 ORDER BY golden_id LIMIT :some)
UNION ALL
(SELECT 'exported', change_id, NULL, concat(system, '/', object, '/', source_id, ' ', attribute) FROM mdm.proposed_change
 WHERE state = 'exported' AND (run_id = :run OR CAST(:run AS uuid) = ANY (origins)) ORDER BY change_id LIMIT :some)
UNION ALL
(SELECT 'answered', task_id, NULL, reason FROM mdm.review_task
 WHERE state = 'decided' AND (opened_run_id = :run OR CAST(:run AS uuid) = ANY (origins)) ORDER BY task_id LIMIT :some)

-- PostgreSQL. What else a run did: questions, proposals, households.
-- reads: review_task, review_task_history, proposed_change, household_member; :run   grain: one row
SELECT (SELECT count(*) FROM mdm.review_task WHERE opened_run_id = :run) AS tasks_opened,
       (SELECT count(*) FROM mdm.review_task WHERE closed_run_id = :run) AS tasks_withdrawn,
       (SELECT count(*) FROM mdm.review_task_history WHERE run_id = :run) AS tasks_changed,
       (SELECT count(*) FROM mdm.proposed_change WHERE run_id = :run) AS changes_proposed,
       (SELECT count(*) FROM mdm.proposed_change WHERE closed_run_id = :run) AS changes_withdrawn,
       (SELECT count(*) FROM mdm.proposed_change WHERE run_id = :run AND state = 'exported') AS changes_exported_since,
       (SELECT count(*) FROM mdm.household_member WHERE run_id = :run) AS household_members_opened,
       (SELECT count(*) FROM mdm.household_member WHERE closed_run_id = :run) AS household_members_closed

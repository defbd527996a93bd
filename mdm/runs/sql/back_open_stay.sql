-- PostgreSQL. People live again where they did before the run.
-- reads: back_held_golden, household_member; :run, :back   writes: household_member   grain: stay
INSERT INTO mdm.household_member (household_id, golden_id, reason, basis, actor, since, run_id, origins)
SELECT m.household_id, m.golden_id, m.reason, m.basis, m.actor, m.since, :back,
       array_remove(array_append(coalesce(m.origins, '{}'), m.run_id), NULL)
FROM mdm.household_member m
WHERE m.closed_run_id = :run
  AND NOT EXISTS (SELECT FROM back_held_golden g WHERE g.golden_id = m.golden_id)
  AND NOT EXISTS (SELECT FROM mdm.household_member o WHERE o.golden_id = m.golden_id AND o.until IS NULL)

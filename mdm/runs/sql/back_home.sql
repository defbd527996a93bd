-- PostgreSQL. Golden records whose household is to be found anew: those that went back, and those a stay of the run was about.
-- reads: back_golden, back_held_golden, household_member; :run   grain: golden record
SELECT golden_id FROM back_golden WHERE held_by IS NULL
UNION
SELECT m.golden_id FROM mdm.household_member m
WHERE (m.run_id = :run OR m.closed_run_id = :run)
  AND NOT EXISTS (SELECT FROM back_held_golden g WHERE g.golden_id = m.golden_id)

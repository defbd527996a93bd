-- PostgreSQL. Ends the run's stays in households.   reads: back_held_golden; :now, :run, :back   writes: household_member   grain: stay
UPDATE mdm.household_member m SET until = :now, closed_run_id = :back
WHERE m.until IS NULL AND (m.run_id = :run OR CAST(:run AS uuid) = ANY (m.origins))
  AND NOT EXISTS (SELECT FROM back_held_golden g WHERE g.golden_id = m.golden_id)

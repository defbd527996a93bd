-- PostgreSQL. The run's proposals that were not written out yet are made no longer.
-- reads: back_held_golden; :now, :run, :back   writes: proposed_change   grain: proposal
UPDATE mdm.proposed_change c SET state = 'withdrawn', closed_at = :now, closed_run_id = :back
WHERE c.state IN ('proposed', 'approved') AND (c.run_id = :run OR CAST(:run AS uuid) = ANY (c.origins))
  AND NOT EXISTS (SELECT FROM back_held_golden g WHERE g.golden_id = c.golden_id)

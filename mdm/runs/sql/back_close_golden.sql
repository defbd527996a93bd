-- PostgreSQL. Ends the run's golden versions.   reads: back_golden; :now, :back   writes: golden_record   grain: golden record
UPDATE mdm.golden_record v SET valid_to = :now, closed_run_id = :back
FROM back_golden g
WHERE g.held_by IS NULL AND g.ours AND (g.opened_version IS NOT NULL OR g.was_version IS NOT NULL)
  AND v.golden_id = g.golden_id AND v.version = g.now_version

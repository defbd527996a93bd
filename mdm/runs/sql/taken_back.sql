-- PostgreSQL. Rollbacks that took something back, in order.   reads: run, run_publication   grain: run
SELECT r.run_id, r.of_run_id FROM mdm.run r JOIN mdm.run_publication p USING (run_id)
WHERE r.kind = 'rollback' ORDER BY r.number

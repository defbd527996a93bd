-- PostgreSQL. Runs that published after a run, with what they took back.   reads: run, run_publication; :number   grain: run
SELECT r.run_id, r.of_run_id, t.number AS of_number
FROM mdm.run r JOIN mdm.run_publication p USING (run_id) LEFT JOIN mdm.run t ON t.run_id = r.of_run_id AND r.kind = 'rollback'
WHERE r.number > :number

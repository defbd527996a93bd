-- PostgreSQL. Runs, the latest first.
-- reads: run, run_publication; :before (number), :some   grain: run
SELECT r.run_id, r.number, r.kind, r.state, r.of_run_id, r.actor, r.started_at, r.finished_at, r.stage, r.rule_set, r.model,
       r.code_version, r.error, p.published_at, p."full", cardinality(p.taken) AS taken
FROM mdm.run r LEFT JOIN mdm.run_publication p USING (run_id)
WHERE CAST(:before AS bigint) IS NULL OR r.number < :before
ORDER BY r.number DESC LIMIT :some

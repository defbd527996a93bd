-- PostgreSQL. What some golden records said before and after a run.   reads: golden_record; :run, :golden   grain: golden id
SELECT golden_id, o.version, c."values" AS old, o."values" AS new
FROM (SELECT * FROM mdm.golden_record WHERE golden_id = any(CAST(:golden AS uuid[])) AND closed_run_id = :run) c
FULL JOIN (SELECT * FROM mdm.golden_record WHERE golden_id = any(CAST(:golden AS uuid[])) AND run_id = :run) o USING (golden_id)

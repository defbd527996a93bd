-- PostgreSQL. Golden records a run made, ended or changed: the version it closed (was), the one it opened, and the current one;
-- held_by: the later run that moved on from there, found afterwards.
-- reads: golden_record, back_record; :run   grain: golden record
WITH closed AS (
    SELECT golden_id, version FROM mdm.golden_record WHERE closed_run_id = :run
), opened AS (
    SELECT golden_id, version, closed_run_id FROM mdm.golden_record WHERE run_id = :run
), touched AS (
    SELECT golden_id FROM closed UNION SELECT golden_id FROM opened
    UNION SELECT was FROM back_record WHERE was IS NOT NULL
    UNION SELECT became FROM back_record WHERE became IS NOT NULL
)
SELECT t.golden_id, c.version AS was_version, o.version AS opened_version, n.version AS now_version,
       n.run_id AS now_run, coalesce(n.origins[1], n.run_id) AS now_decided, o.closed_run_id AS ended_by,
       coalesce(n.run_id = :run OR CAST(:run AS uuid) = ANY (n.origins), false) AS ours,
       CAST(NULL AS uuid) AS held_by
FROM touched t
LEFT JOIN closed c ON c.golden_id = t.golden_id
LEFT JOIN opened o ON o.golden_id = t.golden_id
LEFT JOIN mdm.golden_record n ON n.golden_id = t.golden_id AND n.valid_to IS NULL

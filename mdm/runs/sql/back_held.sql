-- PostgreSQL. Golden records that are no longer as the run left them, with a run that moved on from there.
-- reads: back_golden, back_record, cross_reference, run; :run, :number   writes: back_golden   grain: golden record
WITH later AS (
    SELECT run_id FROM mdm.run WHERE number > :number
), moved AS (
    SELECT golden_id, coalesce(now_run, ended_by, :run) AS by_run
    FROM back_golden
    WHERE (opened_version IS NOT NULL AND NOT ours)
       OR (opened_version IS NULL AND was_version IS NOT NULL AND now_version IS NOT NULL)
    UNION ALL
    SELECT g.golden_id, g.now_run FROM back_golden g JOIN later l ON l.run_id = g.now_decided WHERE NOT g.ours
    UNION ALL
    SELECT unnest(ARRAY[was, became]), coalesce(now_run, ended_by, :run)
    FROM back_record
    WHERE (became IS NOT NULL AND NOT ours) OR (became IS NULL AND now_id IS NOT NULL)
    UNION ALL
    SELECT x.golden_id, x.run_id
    FROM back_golden g
    JOIN mdm.cross_reference x ON x.golden_id = g.golden_id AND x.until IS NULL
    JOIN later l ON l.run_id = coalesce(x.origins[1], x.run_id)
    WHERE x.run_id <> :run AND NOT coalesce(CAST(:run AS uuid) = ANY (x.origins), false)
)
UPDATE back_golden g SET held_by = m.by_run
FROM (SELECT golden_id, max(by_run::text)::uuid AS by_run FROM moved WHERE golden_id IS NOT NULL GROUP BY golden_id) m
WHERE m.golden_id = g.golden_id

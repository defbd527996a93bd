-- PostgreSQL. What waits to be resolved, each record once, and whether it still lives: what is queued, and what a steward's
-- decision concerns that was made, revoked or ran out since the last resolution (decisions of the hour before it count
-- again, as one may be saved a little after the time it bears; judging it twice changes nothing).
-- reads: resolve_queue, match_constraint, value_override, setting, source_record   grain: source record
WITH last AS (
    SELECT coalesce((SELECT (value #>> '{}')::timestamptz FROM mdm.setting WHERE key = 'resolved_at'), '-infinity') AS at
), waiting AS (
    SELECT record_id FROM mdm.resolve_queue WHERE seq <= :through
    UNION
    SELECT unnest(ARRAY[c.record_a, c.record_b]) FROM mdm.match_constraint c, last
    WHERE greatest(c.created_at, c.revoked_at) >= last.at - interval '1 hour'
    UNION
    SELECT o.record_id FROM mdm.value_override o, last
    WHERE greatest(o.created_at, o.revoked_at) >= last.at - interval '1 hour'
       OR (o.expires_at > last.at AND o.expires_at <= CAST(:now AS timestamptz))
)
SELECT w.record_id, s.record_id IS NOT NULL AND NOT s.deleted AS live
FROM waiting w
LEFT JOIN mdm.source_record s ON s.record_id = w.record_id AND s.superseded_at IS NULL

-- Questions for stewards, most urgent first, with the record keys and golden ids they are about (JSON lists).
-- Reads:  review_task, record_key, cross_reference (PostgreSQL); :states
-- Writes: exported (DuckDB)
-- Grain:  one review task
SELECT
    t.task_id::text AS task_id, t.reason, t.state, t.priority, t.match_weight, t.first_stage_weight, r.records, r.golden_ids, t.detail::text AS detail,
    to_char(t.opened_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS opened_at,
    to_char(t.closed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS closed_at,
    t.closed_reason, t.question
FROM mdm.review_task t
LEFT JOIN LATERAL (
    SELECT
        json_agg(concat_ws('/', k.system, k.object, k.source_id) ORDER BY u.place)::text AS records,
        json_agg(DISTINCT x.golden_id) FILTER (WHERE x.golden_id IS NOT NULL)::text AS golden_ids
    FROM unnest(t.record_ids) WITH ORDINALITY AS u (record_id, place)
    JOIN mdm.record_key k ON k.record_id = u.record_id
    LEFT JOIN mdm.cross_reference x ON x.record_id = u.record_id AND x.until IS NULL
) r ON true
WHERE t.state = ANY(:states)

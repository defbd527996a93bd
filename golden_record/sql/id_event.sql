-- What happened to golden ids.
-- Reads:  assignment, previous, identity_settled, identity_given
-- Writes: id_event
-- Grain:  golden_id, kind
-- created, revived: other_ids are the ids its records had; merged: the survivor; split: every other id that holds records of
-- this one now (the id itself may live on or not); retired: all its records are gone
WITH moved AS (
    SELECT p.golden_id AS before, a.golden_id AS after
    FROM previous p
    LEFT JOIN assignment a ON a.record_id = p.record_id
    GROUP BY ALL
),
kept AS (SELECT golden_id FROM identity_settled WHERE NOT revived),
gone AS (
    SELECT
        before AS golden_id,
        count(after) AS destinations,
        coalesce(list(after ORDER BY after) FILTER (after IS NOT NULL AND after <> before), []::UUID[]) AS other_ids,
        before IN (SELECT golden_id FROM kept) AS lives
    FROM moved
    GROUP BY before
),
came AS (
    SELECT after AS golden_id, list(before ORDER BY before) AS other_ids
    FROM moved
    WHERE after IS NOT NULL AND after <> before
    GROUP BY after
)
SELECT
    golden_id,
    CASE WHEN destinations = 0 THEN 'retired' WHEN NOT lives AND destinations = 1 THEN 'merged' ELSE 'split' END AS kind,
    other_ids,
    $now::TIMESTAMPTZ AS at
FROM gone
WHERE NOT lives OR len(other_ids) > 0
UNION ALL
SELECT n.golden_id, n.kind, coalesce(c.other_ids, []::UUID[]), $now::TIMESTAMPTZ
FROM (
    SELECT golden_id, 'created' AS kind FROM identity_given
    UNION ALL
    SELECT golden_id, 'revived' FROM identity_settled WHERE revived
) n
LEFT JOIN came c ON c.golden_id = n.golden_id

-- What each row of a file of source records means, given what is held.
-- reads: incoming, held, remapped, batch
-- writes: DuckDB table decided
-- grain: one row per accepted row of the file; version is the one to write
WITH compared AS (
    SELECT
        i.*,
        h.record_id AS held_id,
        h.version AS held_version,
        h.deleted AS held_deleted,
        CASE
            WHEN i.place > 1 AND i.payload_hash = i.best_hash THEN 'unchanged'
            WHEN i.place > 1 THEN 'stale'
            WHEN h.record_id IS NULL AND i.deleted THEN 'deleted'
            WHEN h.record_id IS NULL THEN 'new'
            WHEN h.payload_hash = i.payload_hash AND r.record_id IS NULL THEN 'unchanged'
            WHEN h.payload_hash <> i.payload_hash AND i.source_time < h.source_time THEN 'stale'
            WHEN i.deleted AND NOT h.deleted THEN 'deleted'
            ELSE 'changed'
        END AS outcome
    FROM incoming AS i
    LEFT JOIN held AS h ON i.source_id = h.source_id
    LEFT JOIN remapped AS r ON h.record_id = r.record_id
)

SELECT
    c.line,
    c.source_id,
    c.outcome,
    c.held_id IS NULL AND c.place = 1 AS is_new_key,
    coalesce(
        c.held_id,
        CASE WHEN c.place = 1 THEN b.first_id - 1 + row_number() OVER (PARTITION BY c.held_id IS NULL AND c.place = 1 ORDER BY c.line) END
    ) AS record_id,
    coalesce(c.held_version, 0) + 1 AS version,
    c.outcome IN ('new', 'changed', 'deleted') AS is_written,
    c.outcome IN ('new', 'changed', 'deleted') AND NOT (c.deleted AND coalesce(c.held_deleted, true)) AS is_queued
FROM compared AS c, batch AS b

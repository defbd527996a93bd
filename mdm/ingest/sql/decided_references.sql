-- What each row of a file of references means, given what is held.
-- reads: incoming, held
-- writes: DuckDB table decided
-- grain: one row per accepted row of the file
SELECT
    i.line,
    i.source_id,
    CASE
        WHEN i.place > 1 AND i.payload_hash = i.best_hash THEN 'unchanged'
        WHEN i.place > 1 THEN 'stale'
        WHEN h.source_id IS NULL AND i.deleted THEN 'deleted'
        WHEN h.source_id IS NULL THEN 'new'
        WHEN h.payload_hash = i.payload_hash AND NOT h.remapped THEN 'unchanged'
        WHEN h.payload_hash <> i.payload_hash AND i.source_time < h.source_time THEN 'stale'
        WHEN i.deleted AND NOT h.deleted THEN 'deleted'
        ELSE 'changed'
    END AS outcome
FROM incoming AS i
LEFT JOIN held AS h ON i.source_id = h.source_id

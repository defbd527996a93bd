-- As incoming.sql, for a file that names every key once (most do): no ranking needed.
-- reads: mapped (scratch Parquet), batch
-- writes: DuckDB table incoming
-- grain: one row per accepted row of the file
SELECT
    m.line,
    m.source_id,
    CAST(m.payload_hash AS UUID) AS payload_hash,
    coalesce(m.source_time, b.now) AS source_time,
    m.deleted,
    1 AS place,
    CAST(m.payload_hash AS UUID) AS best_hash
FROM mapped AS m, batch AS b

-- The narrow columns of the rows of a file, ranked within their key: the newest clock first, ties by payload hash.
-- reads: mapped (scratch Parquet), batch
-- writes: DuckDB table incoming
-- grain: one row per accepted row of the file; place 1 speaks for its key
SELECT
    m.line,
    m.source_id,
    CAST(m.payload_hash AS UUID) AS payload_hash,
    coalesce(m.source_time, b.now) AS source_time,
    m.deleted,
    row_number() OVER key_rows AS place,
    first_value(CAST(m.payload_hash AS UUID)) OVER key_rows AS best_hash
FROM mapped AS m, batch AS b
WINDOW key_rows AS (
    PARTITION BY m.source_id ORDER BY coalesce(m.source_time, b.now) DESC, CAST(m.payload_hash AS UUID) DESC, m.line
)

-- What is held of one object's references, or of those in :source_ids when it is not null.
-- reads: mdm.customer_reference, mdm.ingest_batch
-- writes: nothing (read into DuckDB table held)
-- grain: one row per reference; remapped: another version of the mapping made it
SELECT
    r.source_id,
    r.payload_hash::text AS payload_hash,
    r.source_time,
    r.deleted,
    b.mapping_version <> :mapping_version AS remapped
FROM mdm.customer_reference AS r
INNER JOIN mdm.ingest_batch AS b ON r.batch_id = b.batch_id
WHERE
    r.system = :system
    AND r.object = :object
    AND (CAST(:source_ids AS text []) IS NULL OR r.source_id = any(CAST(:source_ids AS text [])))

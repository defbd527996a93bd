-- What is held of one object: the live version of every source record, or of those in :source_ids when it is not null.
-- reads: mdm.record_key, mdm.source_record, mdm.ingest_batch
-- writes: nothing (read into DuckDB table held)
-- grain: one row per record; attributes_hash only where another version of the mapping made the attributes
SELECT
    k.record_id,
    k.source_id,
    s.version,
    s.entity_type,
    s.payload_hash::text AS payload_hash,
    s.source_time,
    s.deleted,
    CASE WHEN b.mapping_version <> :mapping_version THEN md5(s.attributes::text) END AS attributes_hash
FROM mdm.record_key AS k
INNER JOIN mdm.source_record AS s ON k.record_id = s.record_id AND s.superseded_at IS NULL
INNER JOIN mdm.ingest_batch AS b ON s.batch_id = b.batch_id
WHERE
    k.system = :system
    AND k.object = :object
    AND (CAST(:source_ids AS text []) IS NULL OR k.source_id = any(CAST(:source_ids AS text [])))

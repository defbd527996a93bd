-- Where a source record is: known, live, resolved.
-- Reads:  record_key, source_record, cross_reference; :system, :object, :source_id (system and object without case)
-- Grain:  at most one row for each spelling of system and object; the exact one first
SELECT k.record_id, k.system, k.object, s.deleted, x.golden_id
FROM mdm.record_key k
LEFT JOIN mdm.source_record s ON s.record_id = k.record_id AND s.superseded_at IS NULL
LEFT JOIN mdm.cross_reference x ON x.record_id = k.record_id AND x.until IS NULL
WHERE k.source_id = :source_id AND (k.system, k.object) IN (
    SELECT DISTINCT system, object FROM mdm.ingest_batch
    WHERE lower(system) = lower(:system) AND lower(object) = lower(:object)
    UNION ALL
    SELECT :system, :object
)
ORDER BY (k.system = :system AND k.object = :object) DESC, k.system, k.object

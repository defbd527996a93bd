-- A source record by its key, and the customer it belongs to.
-- Reads:  record_key, cross_reference; :system, :object, :source_id
-- Grain:  at most one record
SELECT k.record_id, x.golden_id
FROM mdm.record_key k
LEFT JOIN mdm.cross_reference x ON x.record_id = k.record_id AND x.until IS NULL
WHERE k.system = :system AND k.object = :object AND k.source_id = :source_id

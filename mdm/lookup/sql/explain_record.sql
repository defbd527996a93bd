-- What matching knows of some records, and whether one waits for a run.
-- Reads:  standardised_record, cross_reference, resolve_queue; :ids
-- Grain:  one live source record
SELECT s.record_id, s.entity_type, CAST(s.content_hash AS text) AS content_hash, CAST(s.match AS text) AS match, x.golden_id,
       EXISTS (SELECT FROM mdm.resolve_queue q WHERE q.record_id = s.record_id) AS waits
FROM mdm.standardised_record s
LEFT JOIN mdm.cross_reference x ON x.record_id = s.record_id AND x.until IS NULL
WHERE s.record_id = ANY(CAST(:ids AS bigint[]))
ORDER BY s.record_id

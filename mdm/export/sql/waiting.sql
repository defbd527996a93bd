-- How many live source records no run has seen yet.
-- Reads:  source_record, cross_reference (PostgreSQL)
-- Writes: nothing
-- Grain:  one row
SELECT count(*)
FROM mdm.source_record s
LEFT JOIN mdm.cross_reference x ON x.record_id = s.record_id AND x.until IS NULL
WHERE s.superseded_at IS NULL AND NOT s.deleted AND x.record_id IS NULL

-- Which customer each record belongs to now.
-- Reads:  cross_reference, standardised_record
-- Grain:  one live source record
SELECT c.record_id, c.golden_id::text AS cluster_key
FROM mdm.cross_reference c JOIN mdm.standardised_record s USING (record_id)
WHERE c.until IS NULL AND s.entity_type = :entity_type

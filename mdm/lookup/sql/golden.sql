-- The current version of a golden record.
-- Reads:  golden_record; :golden_id
-- Grain:  at most one row
SELECT golden_id, version, entity_type, "values", lineage, valid_from, rule_set
FROM mdm.golden_record
WHERE golden_id = :golden_id AND valid_to IS NULL

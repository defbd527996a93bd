-- What each version of a golden record held for one attribute, newest first.
-- Reads:  golden_record; :golden_id, :attribute
-- Grain:  one version
SELECT version, valid_from, "values" -> CAST(:attribute AS text) AS value
FROM mdm.golden_record
WHERE golden_id = :golden_id
ORDER BY version DESC

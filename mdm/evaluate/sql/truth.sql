-- The truth keyed as the cross-references are; of a key named twice the last line holds.
-- Reads:  truth_file (line, system, object, source_id, entity_id)
-- Writes: truth_all
-- Grain:  one record key
SELECT lower(system) AS system, lower(object) AS object, source_id, entity_id
FROM truth_file
QUALIFY row_number() OVER (PARTITION BY lower(system), lower(object), source_id ORDER BY line DESC) = 1

-- The golden ids to make, each with a small number that stands for it in the working tables, and with its entity type.
-- Reads:  attribute_value
-- Writes: golden_number
-- Grain:  golden_id
-- held: the bits of the conditions (when) that hold, set later
-- alone: all its values come from one source record
SELECT
    golden_id, (row_number() OVER ())::INTEGER AS golden, min(entity_type) AS entity_type,
    min(record_id) = max(record_id) AS alone, 0::BIGINT AS held
FROM attribute_value
GROUP BY golden_id

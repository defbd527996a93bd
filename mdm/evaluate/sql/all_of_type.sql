-- The records of one entity type.
-- Reads:  standardised
-- Writes: of_type
-- Grain:  source record
SELECT record_id, content_hash, match FROM standardised WHERE entity_type = '$entity_type'

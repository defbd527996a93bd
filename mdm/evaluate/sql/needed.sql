-- Records of one entity type in golden records that should be one with another.
-- Reads:  missed_pair, labelled, standardised
-- Writes: of_type
-- Grain:  source record
WITH parted AS (SELECT golden_a AS golden FROM missed_pair UNION SELECT golden_b FROM missed_pair)
SELECT s.record_id, s.content_hash, s.match
FROM standardised s
SEMI JOIN (SELECT l.record_id FROM labelled l SEMI JOIN parted USING (golden)) USING (record_id)
WHERE s.entity_type = '$entity_type'

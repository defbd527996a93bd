-- Stored pairs of one entity type's records of the truth, from the line above which all are stored.
-- Reads:  stored, labelled
-- Writes: nothing
-- Grain:  unordered pair of records
SELECT s.match_weight, a.entity = b.entity AS same
FROM stored s
JOIN labelled a ON a.record_id = s.record_a AND a.entity_type = '$entity_type'
JOIN labelled b ON b.record_id = s.record_b AND b.entity_type = '$entity_type'
WHERE s.match_weight >= $lowest

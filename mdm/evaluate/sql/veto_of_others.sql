-- Missed pairs that clustering lost because other records of the two customers contradict each other.
-- Reads:  crossing, found_objection
-- Writes: missed (reason)
-- Grain:  unordered pair of records
UPDATE missed
SET reason = 'other records of the two customers contradict each other: ' || vetoed.contradiction
FROM (
    SELECT golden_a, golden_b, min(contradiction) AS contradiction
    FROM crossing
    JOIN found_objection USING (record_a, record_b)
    WHERE contradiction IS NOT NULL
    GROUP BY golden_a, golden_b
) AS vetoed
WHERE missed.stage = 'clustering' AND missed.entity_type = '$entity_type'
  AND missed.golden_a = vetoed.golden_a AND missed.golden_b = vetoed.golden_b

-- Whether blocking pairs the records that share a key, or all their keys are left out.
-- Reads:  shared_key, carried, largest_block
-- Writes: paired
-- Grain:  pair
SELECT record_a, record_b, bool_or(usable AND c.carriers <= l.largest) AS paired
FROM shared_key
JOIN carried c USING (key)
JOIN largest_block l USING (rule)
GROUP BY record_a, record_b

-- Which records changed just now, and what they say, as the caller knows it.
-- Reads:  circumstance
-- Writes: identity_circumstance
-- Grain:  record_id
SELECT record_id, bool_or(restless) AS restless, min(content)::VARCHAR AS content FROM circumstance GROUP BY record_id

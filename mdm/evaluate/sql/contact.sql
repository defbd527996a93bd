-- Who carries each e-mail, phone and address.
-- Reads:  trait
-- Writes: contact
-- Grain:  record x value of a kind
WITH listed AS (
    SELECT record_id, entity, 'e' AS kind, unnest(emails) AS value FROM trait
    UNION SELECT record_id, entity, 'p', unnest(phones) FROM trait
    UNION SELECT record_id, entity, 'a', unnest(address_keys) FROM trait
),
carried AS (
    SELECT kind, value, count(*) AS records, count(DISTINCT entity) AS entities FROM listed GROUP BY kind, value
)
SELECT record_id, max(records) AS records, max(entities) AS entities
FROM listed JOIN carried USING (kind, value)
GROUP BY record_id

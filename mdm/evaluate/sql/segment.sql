-- Which value every record has in every segment; ``place`` orders the values.
-- Reads:  trait, contact
-- Writes: segment
-- Grain:  record x segment
SELECT 'entity type' AS segment, CASE entity_type WHEN 'person' THEN 0 ELSE 1 END AS place, entity_type AS value, record_id
FROM trait
UNION ALL
SELECT
    'facts on the record', greatest(facts, 2), CASE WHEN facts <= 2 THEN 'two or fewer (sparse)' ELSE facts::VARCHAR END,
    record_id
FROM trait
UNION ALL
SELECT
    'shared contacts',
    CASE WHEN c.record_id IS NULL THEN 0 WHEN c.entities > 1 THEN 3 WHEN c.records > 1 THEN 2 ELSE 1 END,
    CASE
        WHEN c.record_id IS NULL THEN 'no contact'
        WHEN c.entities > 1 THEN 'shared with another customer'
        WHEN c.records > 1 THEN 'only records of this customer'
        ELSE 'this record alone'
    END,
    t.record_id
FROM trait t
LEFT JOIN contact c USING (record_id)
UNION ALL
SELECT
    'country', CASE WHEN len(countries) = 1 THEN 0 ELSE 1 END,
    CASE len(countries) WHEN 0 THEN 'unknown' WHEN 1 THEN countries[1] ELSE 'several' END, record_id
FROM trait

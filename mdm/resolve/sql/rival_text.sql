-- DuckDB. Names inside one golden record that differ by capitals only.
-- reads: attribute_value, spelt_attribute   grain: record x attribute x ordinal
WITH name AS (
    SELECT golden_id, record_id, version, attribute, ordinal, value, lower(value) AS plain
    FROM attribute_value SEMI JOIN spelt_attribute USING (attribute)
    WHERE mark IS NULL AND value LIKE '"%'
)
SELECT * FROM name
SEMI JOIN (SELECT golden_id, attribute, plain FROM name GROUP BY ALL HAVING min(value) < max(value)) USING (golden_id, attribute, plain)

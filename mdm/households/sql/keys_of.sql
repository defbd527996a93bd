-- DuckDB. What others are found by who may live with somebody: every key of every golden record.
-- reads: said (rows of household_evidence)   grain: kind x key x golden record
SELECT 'address' AS kind, unnest(list_distinct(homes)) AS key, golden_id FROM said
UNION ALL SELECT 'unit', unnest(list_distinct(units)), golden_id FROM said
UNION ALL SELECT 'contact', unnest(contacts), golden_id FROM said
UNION ALL SELECT 'house_number', unnest(house_numbers), golden_id FROM said
UNION ALL SELECT 'postcode', unnest(postcodes), golden_id FROM said

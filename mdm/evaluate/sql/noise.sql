-- Values that too many records carry to be evidence.
-- Reads:  shared_value (PostgreSQL)
-- Writes: noise (DuckDB)
-- Grain:  one value of one column
SELECT attribute AS column_name, comparable AS value FROM mdm.shared_value

-- DuckDB. Every golden record that is or was, to be made anew: rules, overrides or marks may have changed for any of them.
-- reads: assignment, held   grain: golden record
SELECT golden_id FROM assignment UNION SELECT golden_id FROM held

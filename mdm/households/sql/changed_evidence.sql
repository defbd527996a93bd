-- DuckDB. Golden records that say something else of a home than when last published, or nothing any more.
-- reads: household_fresh, household_before   grain: golden record
SELECT golden_id FROM (FROM household_fresh EXCEPT FROM household_before)
UNION
SELECT golden_id FROM household_before ANTI JOIN household_fresh USING (golden_id)

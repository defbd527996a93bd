-- DuckDB. Of the golden records made anew those that may live elsewhere now: what they say of a home changed, another one went
-- into them, or a steward has or had his say about them.
-- reads: household_changed, household_heir, household_spoken_of, touched_golden   grain: golden record
SELECT golden_id FROM household_changed
UNION SELECT golden_id FROM household_heir
UNION SELECT heir FROM household_heir
UNION SELECT golden_id FROM household_spoken_of SEMI JOIN touched_golden USING (golden_id)

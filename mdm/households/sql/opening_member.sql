-- DuckDB. Stays that begin.   reads: household_placed, household_held, household_closing   grain: golden record
SELECT p.golden_id, p.household_id, p.reason, p.basis, p.actor
FROM household_placed p
ANTI JOIN (FROM household_held ANTI JOIN household_closing USING (member_id)) h ON h.golden_id = p.golden_id

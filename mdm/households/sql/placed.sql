-- DuckDB. Where everybody looked at lives now, and why.
-- reads: household_found, household_number, household.assignment, household_inherited   grain: golden record
SELECT f.golden_id, a.golden_id AS household_id, a.is_new, f.reason, 'rules' AS basis, NULL::VARCHAR AS actor
FROM household_found f JOIN household_number n USING (golden_id) JOIN household.assignment a ON a.record_id = n.number
UNION ALL
SELECT golden_id, household_id, false, reason, 'steward', actor FROM household_inherited

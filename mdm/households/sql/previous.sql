-- DuckDB. The household each person was in, by the number ids are given out with; heirs count for those who ended.
-- reads: household_held, household_heir, household_number   grain: number x household
SELECT DISTINCT n.number AS record_id, h.household_id AS golden_id, h.since
FROM household_held h JOIN household_number n USING (golden_id) WHERE h.basis = 'rules'
UNION
SELECT DISTINCT n.number, h.household_id, h.since
FROM household_held h JOIN household_heir e USING (golden_id) JOIN household_number n ON n.golden_id = e.heir WHERE h.basis = 'rules'

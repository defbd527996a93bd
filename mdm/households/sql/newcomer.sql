-- DuckDB. Who is tied to somebody looked at, or lived with one, and is not looked at yet.
-- reads: household_tie, household_held, household_looked_at   grain: golden record
SELECT DISTINCT golden_id
FROM (
    SELECT t.golden_b AS golden_id FROM household_tie t SEMI JOIN household_looked_at l ON l.golden_id = t.golden_a
    UNION ALL
    SELECT t.golden_a FROM household_tie t SEMI JOIN household_looked_at l ON l.golden_id = t.golden_b
    UNION ALL
    SELECT golden_id FROM household_held WHERE basis = 'rules'
)
ANTI JOIN household_looked_at USING (golden_id)

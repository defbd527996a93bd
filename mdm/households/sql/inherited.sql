-- DuckDB. What a steward said of somebody who was merged into another is said of that one.
-- reads: household_stewarded, household_heir, id_event   grain: golden record
SELECT e.heir AS golden_id, s.household_id, s.reason, s.actor
FROM household_stewarded s
JOIN household_heir e USING (golden_id)
SEMI JOIN (SELECT golden_id FROM id_event WHERE kind = 'merged') m USING (golden_id)
ANTI JOIN household_stewarded o ON o.golden_id = e.heir
QUALIFY row_number() OVER (PARTITION BY e.heir ORDER BY s.member_id DESC) = 1

-- DuckDB. Stays that end: whoever lives elsewhere now, for another reason, or is nobody any more. A steward's word ends only
-- with the golden record it is about.
-- reads: household_held, household_looked_at, household_placed, household_gone   grain: stay
SELECT h.member_id
FROM household_held h
SEMI JOIN household_looked_at USING (golden_id)
LEFT JOIN household_placed p USING (golden_id)
WHERE (h.basis = 'rules' AND (p.golden_id IS NULL OR p.household_id IS DISTINCT FROM h.household_id OR p.reason <> h.reason
                              OR p.basis <> h.basis))
   OR (h.basis = 'steward' AND h.golden_id IN (SELECT golden_id FROM household_gone))

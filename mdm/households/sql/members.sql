-- PostgreSQL. Who lives in a household, with everybody else in it.
-- reads: household_member, household   grain: golden record
SELECT m.member_id, m.golden_id, m.household_id, m.reason, m.basis, m.actor, m.since, h.opened_at
FROM mdm.household_member m LEFT JOIN mdm.household h USING (household_id)
WHERE m.until IS NULL AND (:everything OR m.golden_id = any(CAST(:golden AS uuid[])) OR m.household_id IN (
    SELECT household_id FROM mdm.household_member WHERE until IS NULL AND golden_id = any(CAST(:golden AS uuid[]))))

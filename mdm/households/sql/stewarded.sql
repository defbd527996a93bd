-- PostgreSQL. Where stewards said that people live (household_id null: with nobody), and where they once did.
-- reads: household_member   grain: stay
SELECT golden_id, household_id, member_id, reason, actor, until IS NULL AS holds FROM mdm.household_member WHERE basis = 'steward'

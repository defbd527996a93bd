-- The household of a golden record with everybody in it; names as the golden records have them.
-- Reads:  household_member, golden_record (PostgreSQL); :golden_id
-- Writes: nothing
-- Grain:  one person of the household
SELECT m.golden_id, m.household_id, m.reason, m.since, m.actor,
       coalesce(g."values" ->> 'full_name', nullif(concat_ws(' ', g."values" ->> 'given_name', g."values" ->> 'family_name'), '')) AS name
FROM mdm.household_member own
JOIN mdm.household_member m ON m.until IS NULL AND (m.household_id = own.household_id OR m.member_id = own.member_id)
LEFT JOIN mdm.golden_record g ON g.golden_id = m.golden_id AND g.valid_to IS NULL
WHERE own.golden_id = :golden_id AND own.until IS NULL
ORDER BY name, m.golden_id

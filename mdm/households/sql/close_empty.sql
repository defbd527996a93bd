-- PostgreSQL. Ends the households whose last member left just now.   writes: household   grain: household
UPDATE mdm.household h SET closed_at = :now, closed_run_id = :run
WHERE h.closed_at IS NULL
  AND h.household_id IN (SELECT household_id FROM mdm.household_member WHERE member_id = any(CAST(:ids AS bigint[])))
  AND NOT EXISTS (SELECT 1 FROM mdm.household_member m WHERE m.household_id = h.household_id AND m.until IS NULL)

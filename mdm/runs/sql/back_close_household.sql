-- PostgreSQL. Ends households nobody lives in any more.   reads: household_member; :now, :back   writes: household   grain: household
UPDATE mdm.household h SET closed_at = :now, closed_run_id = :back
WHERE h.closed_at IS NULL
  AND h.household_id IN (SELECT household_id FROM mdm.household_member WHERE closed_run_id = :back)
  AND NOT EXISTS (SELECT FROM mdm.household_member m WHERE m.household_id = h.household_id AND m.until IS NULL)

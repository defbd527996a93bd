-- PostgreSQL. Households people live in again are open.   reads: household_member; :back   writes: household   grain: household
UPDATE mdm.household h SET closed_at = NULL, closed_run_id = NULL
WHERE h.closed_at IS NOT NULL
  AND h.household_id IN (SELECT household_id FROM mdm.household_member WHERE run_id = :back AND until IS NULL)

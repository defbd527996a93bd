-- The records of the people whose household the truth knows, by their entity; of one named twice the last line holds.
-- Reads:  household_file (entity_id, household_id), truth_all
-- Writes: resident
-- Grain:  one record key
WITH home AS (SELECT entity_id, last(household_id) AS household_id FROM household_file GROUP BY entity_id)
SELECT t.system, t.object, t.source_id, t.entity_id AS person, h.household_id FROM truth_all t JOIN home h USING (entity_id)

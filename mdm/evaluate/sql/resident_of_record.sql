-- The records whose household the truth knows, with the person they are of.
-- Reads:  household_file (system, object, source_id, household_id), truth_all
-- Writes: resident
-- Grain:  one record key
WITH home AS (
    SELECT lower(system) AS system, lower(object) AS object, source_id, last(household_id) AS household_id
    FROM household_file GROUP BY ALL
)
SELECT h.system, t.object, h.source_id, t.entity_id AS person, h.household_id
FROM home h JOIN truth_all t ON t.system = h.system AND t.source_id = h.source_id AND (t.object IS NULL OR t.object = h.object)

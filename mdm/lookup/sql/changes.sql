-- How many proposed changes of a golden record are on their way.
-- Reads:  proposed_change; :golden_id
-- Grain:  one row
SELECT count(*) FROM mdm.proposed_change WHERE golden_id = :golden_id AND state IN ('proposed', 'approved')

-- What the last published run decided with.
-- Reads:  setting
-- Grain:  at most one row
SELECT value FROM mdm.setting WHERE key = 'resolved_with'

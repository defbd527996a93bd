-- What the last run decided with: a request answers for this state and no other.
-- Reads:  setting
-- Grain:  setting
SELECT key, value FROM mdm.setting WHERE key IN ('resolved_with', 'resolved_at', 'frequencies', 'largest_block')

-- Values that too many records carry to be evidence.
-- Reads:  shared_value
-- Grain:  value
SELECT attribute, comparable FROM mdm.shared_value

-- Values that too many records carry to be evidence.
-- Reads:  shared_value
-- Grain:  one value of one column
SELECT attribute, comparable FROM mdm.shared_value

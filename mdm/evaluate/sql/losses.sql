-- Missed pairs by where they were lost.
-- Reads:  missed
-- Writes: nothing
-- Grain:  stage, reason
SELECT stage, reason, count(*) AS pairs FROM missed GROUP BY stage, reason ORDER BY pairs DESC, reason

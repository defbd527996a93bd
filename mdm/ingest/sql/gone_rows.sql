-- References to be replaced.
-- reads: decided
-- writes: temporary table gone (by COPY)
-- grain: one row per reference
SELECT DISTINCT source_id FROM decided WHERE outcome IN ('changed', 'deleted')

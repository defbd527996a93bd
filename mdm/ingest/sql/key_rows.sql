-- Keys seen for the first time.
-- reads: decided, batch
-- writes: mdm.record_key (by COPY)
-- grain: one row per new record
SELECT d.record_id, b.system, b.object, d.source_id
FROM decided AS d, batch AS b
WHERE d.is_new_key

-- Records whose live version is succeeded.
-- reads: decided
-- writes: temporary table closing (by COPY)
-- grain: one row per record
SELECT record_id FROM decided WHERE is_written AND NOT is_new_key

-- Records to resolve, in the order of the file.
-- reads: decided, batch
-- writes: mdm.resolve_queue (by COPY)
-- grain: one row per record that is new, changed, or deleted
SELECT d.record_id, b.now FROM decided AS d, batch AS b WHERE d.is_queued ORDER BY d.line

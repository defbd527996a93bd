-- Rows that could not be taken.
-- reads: lost (the rejected rows), batch
-- writes: temporary table arriving_rejected (by COPY)
-- grain: one row per rejected row
SELECT b.batch_id, b.system, b.object, b.file_name, l.line, l.reason, l.payload, b.now AS received_time
FROM lost AS l, batch AS b

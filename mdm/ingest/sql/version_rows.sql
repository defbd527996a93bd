-- New versions of source records.
-- reads: decided, mapped, batch
-- writes: mdm.source_record (by COPY)
-- grain: one row per record that is new, changed, or deleted
SELECT
    d.record_id, d.version, m.entity_type, m.attributes, m.payload, m.payload_hash, m.deleted,
    coalesce(m.source_time, b.now) AS source_time, b.now AS received_time, b.batch_id, b.correlation_id
FROM mapped AS m
INNER JOIN decided AS d ON m.line = d.line
CROSS JOIN batch AS b
WHERE d.is_written

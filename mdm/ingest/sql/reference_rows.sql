-- New and changed references, and those that are deleted: they are kept, marked so.
-- reads: decided, mapped, batch
-- writes: mdm.customer_reference (by COPY)
-- grain: one row per reference
SELECT
    m.reference_type, b.system, b.object, m.source_id, m.owner_system, m.owner_object, m.owner_source_id, m.number,
    m.mentions, m.occurred_at, m.status, m.payload, m.payload_hash, coalesce(m.source_time, b.now) AS source_time, b.batch_id,
    m.deleted
FROM mapped AS m
INNER JOIN decided AS d ON m.line = d.line
CROSS JOIN batch AS b
WHERE d.outcome IN ('new', 'changed', 'deleted')

-- Rows older than what is held, or than another row of their key in the same file.
-- reads: decided, mapped, batch
-- writes: temporary table arriving_stale (by COPY)
-- grain: one row per stale payload
SELECT
    k.record_id, m.payload, m.payload_hash, coalesce(m.source_time, b.now) AS source_time, b.now AS received_time, b.batch_id
FROM decided AS d
INNER JOIN decided AS k ON d.source_id = k.source_id AND k.record_id IS NOT NULL
INNER JOIN mapped AS m ON d.line = m.line
CROSS JOIN batch AS b
WHERE d.outcome = 'stale'
QUALIFY row_number() OVER (PARTITION BY k.record_id, m.payload_hash ORDER BY d.line) = 1

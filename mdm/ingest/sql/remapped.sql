-- Held records whose payload came again unchanged and whose attributes a changed mapping now reads differently.
-- reads: mapped, incoming, held
-- writes: DuckDB table remapped
-- grain: one row per record
SELECT h.record_id
FROM held AS h
INNER JOIN incoming AS i ON h.source_id = i.source_id AND h.payload_hash = i.payload_hash AND i.place = 1
INNER JOIN mapped AS m ON i.line = m.line
WHERE
    h.attributes_hash IS NOT NULL
    AND (h.attributes_hash <> md5(m.attributes) OR h.entity_type <> m.entity_type OR h.deleted <> m.deleted)

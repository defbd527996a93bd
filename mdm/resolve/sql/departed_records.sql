-- PostgreSQL. Records their system deleted: what they said last in the given attributes, and the golden id they belonged to
-- last, which is open still where the record leaves with this run.
-- reads: cross_reference, source_record, record_key   grain: source record
SELECT x.record_id, x.golden_id, k.system, k.object, l.version, l.entity_type, l.attributes, l.source_time, l.received_time
FROM mdm.cross_reference x
JOIN mdm.record_key k ON k.record_id = x.record_id
JOIN mdm.source_record s ON s.record_id = x.record_id AND s.superseded_at IS NULL AND s.deleted
CROSS JOIN LATERAL (
    SELECT o.version, o.entity_type, o.source_time, o.received_time,
           (SELECT json_object_agg(e.key, e.value)::text FROM json_each(o.attributes) e
            WHERE e.key = any(CAST(:attributes AS text[]))) AS attributes
    FROM mdm.source_record o WHERE o.record_id = x.record_id AND NOT o.deleted
    ORDER BY o.version DESC LIMIT 1
) l
WHERE l.attributes IS NOT NULL AND (:everything OR x.golden_id = any(CAST(:golden AS uuid[])))
  AND NOT EXISTS (
      SELECT FROM mdm.cross_reference y WHERE y.record_id = x.record_id AND y.cross_reference_id > x.cross_reference_id
  )

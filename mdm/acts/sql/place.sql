-- PostgreSQL. Where source records are: their live golden id, since when, and whether they are there at all.
-- reads: record_key, source_record, cross_reference, golden_record; :systems, :objects, :source_ids   grain: source record
SELECT k.record_id, k.system, k.object, k.source_id, x.golden_id, x.since, g.entity_type, s.deleted
FROM unnest(CAST(:systems AS text[]), CAST(:objects AS text[]), CAST(:source_ids AS text[])) AS asked (system, object, source_id)
JOIN mdm.record_key k USING (system, object, source_id)
LEFT JOIN mdm.source_record s ON s.record_id = k.record_id AND s.superseded_at IS NULL
LEFT JOIN mdm.cross_reference x ON x.record_id = k.record_id AND x.until IS NULL
LEFT JOIN mdm.golden_record g ON g.golden_id = x.golden_id AND g.valid_to IS NULL

-- PostgreSQL. Queued records that their system deleted.   reads: resolve_queue, source_record   grain: source record
SELECT DISTINCT q.record_id
FROM mdm.resolve_queue q JOIN mdm.source_record s ON s.record_id = q.record_id AND s.superseded_at IS NULL
WHERE q.seq <= :through AND s.deleted

-- PostgreSQL. That a run published, with what it takes off the queue and the settings it is about to replace.
-- reads: resolve_queue, setting   writes: run_publication   grain: run
INSERT INTO mdm.run_publication (run_id, published_at, "full", taken, settings_before)
SELECT :run, :now, :full,
       coalesce((SELECT array_agg(DISTINCT record_id) FROM mdm.resolve_queue WHERE seq <= :through), '{}'),
       coalesce((SELECT jsonb_object_agg(key, value) FROM mdm.setting WHERE key = any(CAST(:keys AS text[]))), '{}')

-- PostgreSQL. That a rollback published, as any run, with the settings it is about to replace; it takes nothing off the queue.
-- reads: run_publication, setting; :run, :back, :now, :keys   writes: run_publication   grain: run
INSERT INTO mdm.run_publication (run_id, published_at, "full", taken, settings_before)
SELECT :back, :now, p."full", '{}',
       coalesce((SELECT jsonb_object_agg(key, value) FROM mdm.setting WHERE key = any(CAST(:keys AS text[]))), '{}')
FROM mdm.run_publication p WHERE p.run_id = :run

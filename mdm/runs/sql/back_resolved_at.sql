-- PostgreSQL. Decisions are new again that were new to the run: when was last resolved is what it was before.
-- reads: run_publication; :run   writes: setting   grain: setting
INSERT INTO mdm.setting (key, value)
SELECT 'resolved_at', settings_before -> 'resolved_at' FROM mdm.run_publication
WHERE run_id = :run AND settings_before ? 'resolved_at'

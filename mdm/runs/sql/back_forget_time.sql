-- PostgreSQL. When was last resolved is what it was before the run (see back_resolved_at).   writes: setting   grain: setting
DELETE FROM mdm.setting WHERE key = 'resolved_at'

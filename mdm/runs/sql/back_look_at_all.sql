-- PostgreSQL. The next run looks at everything: what pairs weigh and which keys are hot is of a full look that was taken back.
-- writes: setting; :back   grain: setting
UPDATE mdm.setting SET value = value || jsonb_build_object('taken_back_by', CAST(:back AS text)) WHERE key = 'resolved_with'

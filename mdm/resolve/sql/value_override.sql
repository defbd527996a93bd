-- DuckDB. Overrides of the golden records to be made anew.   reads: override_of_record, touched   grain: golden record x attribute
SELECT DISTINCT ON (t.golden_id, o.attribute) t.golden_id, o.attribute, o.value, o.reason, o.actor, o.expires_at
FROM override_of_record o JOIN touched t USING (record_id)

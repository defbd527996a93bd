-- DuckDB. Changes that would be proposed to targets.   reads: proposal, same_proposal   grain: record x attribute
SELECT golden_id, system, object, source_id, attribute, old_value, new_value, review, reason
FROM proposal ANTI JOIN same_proposal USING (record_id, attribute)
ORDER BY system, object, source_id, attribute

-- Who carries the usable keys.   reads: $keys(key, record_id, rule), usable_key   grain: key x record
SELECT k.key, k.record_id, k.rule, u.n FROM $keys k JOIN temp.usable_key u USING (key)

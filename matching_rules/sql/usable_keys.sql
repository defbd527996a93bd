-- Keys that several records share and that are not carried by too many for their rule; n: by how many.
-- reads: $keys(key, record_id, rule), largest_block(rule, largest)   writes: nothing   grain: key
SELECT k.key, any_value(k.rule) AS rule, count(*) AS n
FROM $keys k JOIN largest_block b USING (rule)
GROUP BY k.key
HAVING count(*) BETWEEN 2 AND any_value(b.largest)

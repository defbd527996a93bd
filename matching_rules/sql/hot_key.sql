-- Keys that more records carry than their rule allows: they pair nobody.
-- reads: $keys(key, record_id, rule), largest_block   writes: nothing   grain: key
SELECT key, any_value(largest) AS largest
FROM $keys JOIN largest_block USING (rule)
GROUP BY key
HAVING count(*) > any_value(largest)

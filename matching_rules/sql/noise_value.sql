-- Values of one column that more records carry than one customer's circle could.
-- reads: $records (typed), $keys   writes: nothing   grain: distinct value
SELECT '$column' AS column_name, value, carriers, k.key
FROM (SELECT DISTINCT unnest("$column") AS value FROM $records) v
JOIN (SELECT key, count(*) AS carriers FROM $keys WHERE rule = $rule GROUP BY key HAVING count(*) > $limit) k
  ON k.key = CAST(md5_number_lower(concat_ws(chr(31), '$family', '$rule', v.value)) >> 1 AS BIGINT)

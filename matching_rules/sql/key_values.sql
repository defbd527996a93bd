-- The values behind keys of one rule, hashed as `blocking_keys.sql` hashes them.
-- reads: $values (record_id and the parts' values), wanted(key)   writes: nothing   grain: key
SELECT key, any_value(parts) AS parts
FROM (SELECT CAST(md5_number_lower(concat_ws(chr(31), '$family', '$rule', $parts)) >> 1 AS BIGINT) AS key,
             [$texts] AS parts
      FROM ($values) WHERE $present)
SEMI JOIN wanted USING (key)
GROUP BY key

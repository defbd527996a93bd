-- The blocking keys one rule gives each record; a list column gives one key per value (and per combination of values).
-- reads: $values (record_id and the parts' values, one row per combination)   writes: nothing   grain: record x key, distinct
SELECT DISTINCT key, record_id, CAST($rule AS SMALLINT) AS rule
FROM (SELECT record_id, CAST(md5_number_lower(concat_ws(chr(31), '$family', '$rule', $parts)) >> 1 AS BIGINT) AS key
      FROM ($values) WHERE $present)

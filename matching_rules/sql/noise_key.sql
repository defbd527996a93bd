-- Keys of one column's noise under one blocking rule.   reads: $noise(column_name, value)   grain: value
SELECT CAST(md5_number_lower(concat_ws(chr(31), '$family', '$rule', value)) >> 1 AS BIGINT) AS key
FROM $noise WHERE column_name = ?

-- PostgreSQL. Values that too many records carry to be evidence.   reads: shared_value   grain: one value of one column
SELECT attribute AS column_name, comparable AS value FROM mdm.shared_value

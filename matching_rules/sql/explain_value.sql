-- The comparable values of the records of some pairs.
-- reads: $pairs(record_a, record_b), $records (typed)   writes: nothing   grain: record
SELECT record_id, $columns
FROM $records SEMI JOIN (SELECT record_a AS record_id FROM $pairs UNION SELECT record_b FROM $pairs) USING (record_id)

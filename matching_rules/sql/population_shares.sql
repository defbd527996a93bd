-- How many candidate pairs satisfy each figure's condition, and among how many. Conditions are compiled from rules.
-- reads: $pairs(record_a, record_b), $records (typed)   writes: nothing   grain: one row
WITH side AS (
    SELECT $sides
    FROM $pairs p JOIN $records a ON a.record_id = p.record_a JOIN $records b ON b.record_id = p.record_b
)
SELECT count(*)$shares FROM side

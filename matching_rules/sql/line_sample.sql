-- A sample of the candidate pairs, the same whenever it is drawn from the same pairs; all of them where they are few.
-- reads: $pairs   writes: line_pair   grain: one pair
SELECT record_a, record_b FROM $pairs
WHERE hash(record_a, record_b) % greatest(1, (SELECT count(*) FROM $pairs) // $sample) = 0

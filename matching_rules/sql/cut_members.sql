-- What a record that would be compared with too many loses: its largest blocks, beyond the number it may have.
-- reads: $member(key, record_id, rule, n)   writes: nothing   grain: key x record
WITH heavy AS (
    SELECT record_id FROM $member GROUP BY record_id HAVING sum(n - 1) > $most
), ordered AS (
    SELECT key, record_id, sum(n - 1) OVER (PARTITION BY record_id ORDER BY n, key) AS so_far
    FROM $member SEMI JOIN heavy USING (record_id)
)
SELECT key, record_id FROM ordered WHERE so_far > $most

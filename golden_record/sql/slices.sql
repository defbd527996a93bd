-- Ranges of golden ids with about equally many records.
-- Reads:  slice_member (golden_id)
-- Writes: nothing (read by the program)
-- Grain:  one range (low, high: both inclusive)
SELECT min(golden_id) AS low, max(golden_id) AS high
FROM (
    SELECT golden_id, (sum(records) OVER (ORDER BY golden_id) - 1) // $size AS slice
    FROM (SELECT golden_id, count(*) AS records FROM slice_member GROUP BY golden_id)
)
GROUP BY slice
ORDER BY low

-- The wanted matches that a tried blocking rule pairs.
-- reads: tried_key(key, record_id), wanted_match(place, record_a, record_b)   writes: nothing   grain: wanted match
WITH usable AS (
    SELECT key FROM tried_key GROUP BY key HAVING count(*) BETWEEN 2 AND $most
), member AS (
    SELECT t.key, t.record_id FROM tried_key t SEMI JOIN usable USING (key)
)
SELECT DISTINCT w.place
FROM wanted_match w
JOIN member a ON a.record_id = w.record_a
JOIN member b ON b.record_id = w.record_b AND b.key = a.key
ORDER BY w.place

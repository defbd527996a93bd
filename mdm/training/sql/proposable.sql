-- Candidate pairs with their weights, in an order that depends on what the records say and on nothing else.
-- Reads:  scored (record_a, record_b, match_weight), record (record_id, content_hash)
-- Writes: nothing
-- Grain:  unordered pair of records
SELECT s.record_a, s.record_b, s.match_weight
FROM scored s
JOIN record a ON a.record_id = s.record_a
JOIN record b ON b.record_id = s.record_b
ORDER BY
    md5(least(a.content_hash, b.content_hash) || ' ' || greatest(a.content_hash, b.content_hash)),
    s.record_a, s.record_b

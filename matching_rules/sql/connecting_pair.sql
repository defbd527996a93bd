-- Pairs that connect records into components.
-- reads: known_pair, held, decision, $records   writes: nothing   grain: unordered pair of records
SELECT record_a, record_b FROM known_pair WHERE match_weight >= $match
UNION
SELECT p.record_a, p.record_b
FROM known_pair p
JOIN held a ON a.record_id = p.record_a
JOIN held b ON b.record_id = p.record_b AND b.golden_id = a.golden_id
WHERE p.match_weight >= $keep
UNION
SELECT d.record_a, d.record_b
FROM decision d
SEMI JOIN $records a ON a.record_id = d.record_a
SEMI JOIN $records b ON b.record_id = d.record_b
WHERE d.kind = 'must_link'

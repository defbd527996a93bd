-- Every known pair inside a component, with what forbids, demands or fails to carry it.
-- reads: component, known_pair, contradiction, decision   writes: nothing   grain: unordered pair of records
SELECT a.component, p.record_a, p.record_b, p.match_weight,
       CASE WHEN d.kind = 'cannot_link' THEN '$decided'
            WHEN d.kind IS NULL THEN c.contradiction END AS apart,
       coalesce(d.kind = 'must_link', false) AS together,
       d.kind IS NULL AND coalesce(c.bare, false) AS bare
FROM known_pair p
JOIN component a ON a.record_id = p.record_a
JOIN component b ON b.record_id = p.record_b AND b.component = a.component
LEFT JOIN contradiction c ON c.record_a = p.record_a AND c.record_b = p.record_b
LEFT JOIN decision d ON d.record_a = p.record_a AND d.record_b = p.record_b

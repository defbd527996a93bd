-- Known pairs inside a component.   reads: known_pair, component   writes: nothing   grain: unordered pair of records
SELECT p.*
FROM known_pair p
JOIN component a ON a.record_id = p.record_a
JOIN component b ON b.record_id = p.record_b AND a.component = b.component

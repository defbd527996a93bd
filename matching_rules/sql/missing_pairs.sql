-- Pairs inside a component that no blocking key paired: a cluster is judged as a whole, so they are scored too; in a
-- component too large for that, at least those a steward decided about.
-- reads: component(record_id, component, size), known_pair, decision   writes: nothing   grain: unordered pair of records
SELECT a.record_id AS record_a, b.record_id AS record_b
FROM component a JOIN component b ON a.component = b.component AND a.record_id < b.record_id
ANTI JOIN known_pair k ON k.record_a = a.record_id AND k.record_b = b.record_id
WHERE a.size BETWEEN 3 AND $largest
UNION
SELECT d.record_a, d.record_b
FROM decision d
JOIN component a ON a.record_id = d.record_a
JOIN component b ON b.record_id = d.record_b AND b.component = a.component
ANTI JOIN known_pair k ON k.record_a = d.record_a AND k.record_b = d.record_b

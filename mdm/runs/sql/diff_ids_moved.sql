-- PostgreSQL. Golden ids that records of others moved to in a run.   reads: cross_reference; :run   grain: golden id
SELECT DISTINCT o.golden_id
FROM mdm.cross_reference o
JOIN mdm.cross_reference c ON c.record_id = o.record_id AND c.closed_run_id = :run AND c.golden_id <> o.golden_id
WHERE o.run_id = :run AND o.golden_id > :after
ORDER BY golden_id LIMIT :some

-- PostgreSQL. Golden records whose values a run changed.   reads: golden_record; :run   grain: golden id
SELECT o.golden_id
FROM mdm.golden_record o
JOIN mdm.golden_record c ON c.golden_id = o.golden_id AND c.closed_run_id = :run AND c."values" <> o."values"
WHERE o.run_id = :run AND o.golden_id > :after
ORDER BY golden_id LIMIT :some

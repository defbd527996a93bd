-- PostgreSQL. Golden ids a run changed.   reads: golden_record, cross_reference, golden_id_event; :run   grain: golden id
SELECT golden_id FROM mdm.golden_record WHERE run_id = :run AND golden_id > :after
UNION SELECT golden_id FROM mdm.golden_record WHERE closed_run_id = :run AND golden_id > :after
UNION SELECT golden_id FROM mdm.cross_reference WHERE run_id = :run AND golden_id > :after
UNION SELECT golden_id FROM mdm.cross_reference WHERE closed_run_id = :run AND golden_id > :after
UNION SELECT golden_id FROM mdm.golden_id_event WHERE run_id = :run AND golden_id > :after
ORDER BY golden_id LIMIT :some

-- PostgreSQL. Golden ids to which this happened in a run.   reads: golden_id_event; :run, :kind   grain: golden id
SELECT DISTINCT golden_id FROM mdm.golden_id_event WHERE run_id = :run AND kind = :kind AND golden_id > :after
ORDER BY golden_id LIMIT :some

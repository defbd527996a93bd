-- PostgreSQL. What a run did to golden ids.   reads: golden_id_event; :run   grain: kind
SELECT kind, count(*) AS n FROM mdm.golden_id_event WHERE run_id = :run GROUP BY kind

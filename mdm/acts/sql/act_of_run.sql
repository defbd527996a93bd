-- PostgreSQL. The act that a run was for.   reads: act; :run_id   grain: at most one row
SELECT act_id FROM mdm.act WHERE run_id = :run_id LIMIT 1

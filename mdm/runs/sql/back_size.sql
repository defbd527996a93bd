-- PostgreSQL. How many cross-references a run wrote, counted no further than matters.
-- reads: cross_reference; :run, :most   grain: one row
SELECT count(*) AS n FROM (
    SELECT FROM mdm.cross_reference WHERE run_id = :run UNION ALL SELECT FROM mdm.cross_reference WHERE closed_run_id = :run LIMIT :most
) written

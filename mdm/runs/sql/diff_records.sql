-- PostgreSQL. What a run did to records: joined (resolved for the first time, or again), left, moved to another golden id, and
-- regraded where they are.   reads: cross_reference; :run   grain: one row
SELECT count(*) FILTER (WHERE c.golden_id IS NULL) AS joined, count(*) FILTER (WHERE o.golden_id IS NULL) AS "left",
       count(*) FILTER (WHERE c.golden_id <> o.golden_id) AS moved, count(*) FILTER (WHERE c.golden_id = o.golden_id) AS regraded
FROM (SELECT record_id, golden_id FROM mdm.cross_reference WHERE closed_run_id = :run) c
FULL JOIN (SELECT record_id, golden_id FROM mdm.cross_reference WHERE run_id = :run) o USING (record_id)

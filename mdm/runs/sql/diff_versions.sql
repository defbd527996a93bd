-- PostgreSQL. How many golden records a run gave their first version, other values, or another lineage only; how many ended.
-- reads: golden_record; :run   grain: one row
SELECT count(*) FILTER (WHERE c.golden_id IS NULL) AS began, count(*) FILTER (WHERE o.golden_id IS NULL) AS ended,
       count(*) FILTER (WHERE c."values" <> o."values") AS values_changed, count(*) FILTER (WHERE c."values" = o."values") AS lineage_only
FROM (SELECT golden_id, "values" FROM mdm.golden_record WHERE closed_run_id = :run) c
FULL JOIN (SELECT golden_id, "values" FROM mdm.golden_record WHERE run_id = :run) o USING (golden_id)

-- PostgreSQL. Golden ids no longer in use, with the records that left them last: an unmerge gives the old id back.
-- reads: cross_reference   grain: source record
SELECT DISTINCT ON (x.record_id) x.record_id, x.golden_id
FROM mdm.cross_reference x
WHERE x.until IS NOT NULL AND (:everything OR x.record_id = any(CAST(:ids AS bigint[])))
  AND NOT EXISTS (SELECT FROM mdm.cross_reference o WHERE o.golden_id = x.golden_id AND o.until IS NULL)
ORDER BY x.record_id, x.until DESC

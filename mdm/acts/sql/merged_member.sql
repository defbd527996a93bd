-- PostgreSQL. Of a merge: who was with the id that ended (returning), and who was with the survivor after it; those who are
-- with the id that lives on still.
-- reads: cross_reference; :golden_id (ended), :run_id, :at (of the merge), :survivor, :living   grain: source record
WITH was AS (
    SELECT record_id, true AS returning FROM mdm.cross_reference WHERE golden_id = :golden_id AND closed_run_id = :run_id
    UNION ALL
    SELECT record_id, false FROM mdm.cross_reference
    WHERE golden_id = :survivor AND since <= :at AND (until IS NULL OR until >= :at)
)
SELECT w.record_id, bool_or(w.returning) AS returning
FROM was w
JOIN mdm.cross_reference x ON x.record_id = w.record_id AND x.until IS NULL AND x.golden_id = :living
GROUP BY w.record_id
ORDER BY w.record_id

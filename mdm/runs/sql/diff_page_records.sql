-- PostgreSQL. Records that came to some golden ids in a run, or left them; was, became: null for nowhere.
-- reads: cross_reference, record_key; :run, :golden   grain: source record
WITH met AS (
    SELECT record_id FROM mdm.cross_reference
    WHERE golden_id = any(CAST(:golden AS uuid[])) AND (run_id = :run OR closed_run_id = :run)
    GROUP BY record_id
)
SELECT k.system, k.object, k.source_id, c.golden_id AS was, o.golden_id AS became
FROM met m
JOIN mdm.record_key k USING (record_id)
LEFT JOIN mdm.cross_reference c ON c.record_id = m.record_id AND c.closed_run_id = :run
LEFT JOIN mdm.cross_reference o ON o.record_id = m.record_id AND o.run_id = :run
WHERE c.golden_id IS DISTINCT FROM o.golden_id
ORDER BY k.system, k.object, k.source_id

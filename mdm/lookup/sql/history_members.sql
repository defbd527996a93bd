-- Every stay of a source record with a golden id; known_from: when the run was that said so.
-- Reads:  cross_reference, record_key, run, source_record; :golden_id
-- Grain:  one cross-reference
SELECT x.cross_reference_id, x.record_id, k.system, k.object, k.source_id, x.grade, x.match_weight, x.reason, x.since, x.until,
       x.run_id, x.closed_run_id, coalesce(r.started_at, x.since) AS known_from, f.began
FROM mdm.cross_reference x
JOIN mdm.record_key k ON k.record_id = x.record_id
LEFT JOIN mdm.run r ON r.run_id = x.run_id
LEFT JOIN LATERAL (
    SELECT min(coalesce(s.source_time, s.received_time)) AS began FROM mdm.source_record s WHERE s.record_id = x.record_id
) f ON true
WHERE x.golden_id = :golden_id
ORDER BY x.cross_reference_id

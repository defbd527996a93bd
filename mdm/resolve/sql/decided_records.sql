-- PostgreSQL. The records of a decision, as changed_records. What waits of them is left to its own run.
-- reads: standardised_record   grain: source record
SELECT g.record_id, d.record_id IS NOT NULL AS live
FROM unnest(CAST(:ids AS bigint[])) AS g (record_id)
LEFT JOIN mdm.standardised_record d USING (record_id)

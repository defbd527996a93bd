-- All live records of some customers, in comparable form, but those at hand already.
-- Reads:  cross_reference, standardised_record, record_key; :golden_ids, :but
-- Grain:  record
SELECT s.record_id, s.match::text AS match, k.system, k.object, k.source_id, x.golden_id
FROM mdm.cross_reference x
JOIN mdm.standardised_record s ON s.record_id = x.record_id
JOIN mdm.record_key k ON k.record_id = x.record_id
WHERE x.golden_id = any(CAST(:golden_ids AS uuid[])) AND x.until IS NULL AND x.record_id <> all(CAST(:but AS bigint[]))

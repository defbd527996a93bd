-- PostgreSQL. Open cross-references of the given records.   reads: cross_reference   grain: source record
SELECT record_id, golden_id, grade, reason, match_weight, since FROM mdm.cross_reference WHERE until IS NULL AND record_id = any(CAST(:ids AS bigint[]))

-- PostgreSQL. Open cross-references.   reads: cross_reference   grain: source record
SELECT record_id, golden_id, grade, reason, match_weight, since FROM mdm.cross_reference WHERE until IS NULL

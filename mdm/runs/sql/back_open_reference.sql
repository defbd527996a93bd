-- PostgreSQL. Records belong again where they did before the run, since when they did.
-- reads: back_record, cross_reference; :back   writes: cross_reference   grain: source record
INSERT INTO mdm.cross_reference (record_id, golden_id, grade, match_weight, reason, since, run_id, origins)
SELECT x.record_id, x.golden_id, x.grade, x.match_weight, x.reason, x.since, :back,
       array_append(coalesce(x.origins, '{}'), x.run_id)
FROM back_record r JOIN mdm.cross_reference x ON x.cross_reference_id = r.was_id

-- PostgreSQL. Golden records say again what they said before the run, as their next version.
-- reads: back_golden, golden_record; :now, :back   writes: golden_record   grain: golden record
INSERT INTO mdm.golden_record
    (golden_id, version, entity_type, "values", lineage, content_hash, valid_from, run_id, rule_set, origins)
SELECT v.golden_id, (SELECT max(l.version) FROM mdm.golden_record l WHERE l.golden_id = v.golden_id) + 1, v.entity_type,
       v."values", v.lineage, v.content_hash, :now, :back, v.rule_set, array_append(coalesce(v.origins, '{}'), v.run_id)
FROM back_golden g JOIN mdm.golden_record v ON v.golden_id = g.golden_id AND v.version = g.was_version
WHERE g.held_by IS NULL

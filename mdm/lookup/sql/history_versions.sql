-- Every version of a golden record with the run that wrote it, and whether a rollback took it back.
-- Reads:  golden_record, run; :golden_id
-- Grain:  one version
SELECT g.version, g.entity_type, g."values", g.lineage, g.valid_from, g.valid_to, g.run_id, g.closed_run_id, g.rule_set,
       CASE WHEN c.kind = 'rollback' THEN c.run_id END AS taken_back_by
FROM mdm.golden_record g
LEFT JOIN mdm.run c ON c.run_id = g.closed_run_id
WHERE g.golden_id = :golden_id
ORDER BY g.version

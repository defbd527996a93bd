-- Contradictions that follow from what the sources state about two records.
-- reads: related(record_a, record_b, relation), kept_pair   writes: contradiction   grain: pair
INSERT INTO contradiction BY NAME
SELECT DISTINCT record_a, record_b, concat('a source states: ', relation) AS contradiction, false AS bare
FROM related SEMI JOIN kept_pair USING (record_a, record_b)
ANTI JOIN (SELECT record_a, record_b FROM contradiction WHERE contradiction IS NOT NULL) USING (record_a, record_b)

-- DuckDB. Golden records to be made anew: those with a changed member, a newcomer, or one who left.
-- reads: assignment, held, changed   grain: golden record
SELECT a.golden_id FROM assignment a SEMI JOIN changed c USING (record_id)
UNION
SELECT a.golden_id FROM assignment a LEFT JOIN held h USING (record_id) WHERE h.golden_id IS DISTINCT FROM a.golden_id
UNION
SELECT h.golden_id FROM held h JOIN assignment a USING (record_id) WHERE h.golden_id <> a.golden_id
UNION
SELECT h.golden_id FROM held h ANTI JOIN assignment a USING (record_id)

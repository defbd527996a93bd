-- DuckDB. Where each judged record belongs now, how surely, and whether that differs from what is open.
-- reads: membership, assignment, held   grain: source record
SELECT m.record_id, a.golden_id, m.size,
       CASE WHEN m.size = 1 THEN 'no_match'
            WHEN m.match_weight IS NULL OR m.match_weight >= t.match THEN 'match' ELSE 'potential_match' END AS grade,
       CASE WHEN m.size > 1 THEN round(m.match_weight, 6) END AS match_weight,
       CASE WHEN h.golden_id = a.golden_id THEN h.since END AS since_before,
       h.golden_id IS NOT NULL AS was_held
FROM membership m
JOIN assignment a USING (record_id)
JOIN standardised s USING (record_id)
JOIN entity_line t ON t.entity_type = s.entity_type
LEFT JOIN held h USING (record_id)
WHERE h.golden_id IS NULL OR h.golden_id <> a.golden_id
   OR h.grade <> CASE WHEN m.size = 1 THEN 'no_match'
                      WHEN m.match_weight IS NULL OR m.match_weight >= t.match THEN 'match' ELSE 'potential_match' END
   OR round(h.match_weight, 6) IS DISTINCT FROM CASE WHEN m.size > 1 THEN round(m.match_weight, 6) END

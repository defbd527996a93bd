-- DuckDB. Where each judged record belongs now, how surely and why, and whether any of that differs from what is open.
-- A record is held by a decision where a must-link names it with one of its own cluster and no pair that nobody decided
-- reaches the line.
-- reads: membership, assignment, held, standardised, entity_line, decision, known_pair   grain: source record
WITH ends AS (
    SELECT record_a AS record_id, record_b AS other FROM decision WHERE kind = 'must_link'
    UNION
    SELECT record_b, record_a FROM decision WHERE kind = 'must_link'
), linked AS (
    SELECT DISTINCT e.record_id, m.cluster_key
    FROM ends e
    JOIN membership m USING (record_id)
    JOIN membership o ON o.record_id = e.other AND o.cluster_key = m.cluster_key
), pair AS (
    SELECT record_a AS record_id, record_b AS other, match_weight FROM known_pair SEMI JOIN linked l ON l.record_id = record_a
    UNION ALL
    SELECT record_b, record_a, match_weight FROM known_pair SEMI JOIN linked l ON l.record_id = record_b
), undecided AS (
    SELECT p.record_id, max(p.match_weight) AS match_weight
    FROM pair p
    JOIN linked l USING (record_id)
    JOIN membership o ON o.record_id = p.other AND o.cluster_key = l.cluster_key
    ANTI JOIN ends e ON e.record_id = p.record_id AND e.other = p.other
    GROUP BY p.record_id
), judged AS (
    SELECT m.record_id, a.golden_id, m.size,
           CASE WHEN m.size = 1 THEN 'no_match'
                WHEN l.record_id IS NOT NULL AND coalesce(u.match_weight < t.match, true) THEN 'match'
                WHEN m.match_weight IS NULL OR m.match_weight >= t.match THEN 'match' ELSE 'potential_match' END AS grade,
           CASE WHEN m.size = 1 THEN 'stands alone'
                WHEN l.record_id IS NOT NULL AND coalesce(u.match_weight < t.match, true) THEN 'linked by a steward (must_link)'
                ELSE 'match weight' END AS reason,
           CASE WHEN m.size > 1 THEN round(m.match_weight, 6) END AS match_weight
    FROM membership m
    JOIN assignment a USING (record_id)
    JOIN standardised s USING (record_id)
    JOIN entity_line t ON t.entity_type = s.entity_type
    LEFT JOIN linked l USING (record_id)
    LEFT JOIN undecided u USING (record_id)
)
SELECT j.*, CASE WHEN h.golden_id = j.golden_id THEN h.since END AS since_before, h.golden_id IS NOT NULL AS was_held
FROM judged j
LEFT JOIN held h USING (record_id)
WHERE h.golden_id IS NULL OR h.golden_id <> j.golden_id OR h.grade <> j.grade OR h.reason <> j.reason
   OR round(h.match_weight, 6) IS DISTINCT FROM j.match_weight

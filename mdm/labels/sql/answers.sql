-- PostgreSQL. What counts about each pair: of imported labels and stewards' decisions the one said last.
-- Reads:  label, match_constraint
-- Writes: nothing
-- Grain:  one pair of records somebody said something about; `contradicted`: somebody said the opposite as well
WITH said AS (
    SELECT record_a, record_b, is_match, actor, comment, said_at, imported_at AS noted_at, 'label' AS kind FROM mdm.label
    UNION ALL
    SELECT record_a, record_b, kind = 'must_link', actor, reason, created_at, created_at, 'decision'
    FROM mdm.match_constraint WHERE revoked_at IS NULL
)
SELECT DISTINCT ON (record_a, record_b)
    record_a, record_b, is_match, actor, comment, said_at, kind,
    bool_or(is_match) OVER pair AND NOT bool_and(is_match) OVER pair AS contradicted
FROM said
WINDOW pair AS (PARTITION BY record_a, record_b)
ORDER BY record_a, record_b, said_at DESC, noted_at DESC, kind, is_match

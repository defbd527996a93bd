-- PostgreSQL. Constraints that count (of one pair those of the kind said last), about the given records and whomever must-links chain
-- to them.   reads: match_constraint, record_key; :ids   grain: constraint
WITH RECURSIVE reached AS (
    SELECT unnest(CAST(:ids AS bigint[])) AS record_id
    UNION
    SELECT CASE WHEN c.record_a = r.record_id THEN c.record_b ELSE c.record_a END
    FROM reached r
    JOIN mdm.match_constraint c ON (c.record_a = r.record_id OR c.record_b = r.record_id)
    WHERE c.revoked_at IS NULL AND c.kind = 'must_link'
), held AS (
    SELECT c.*, first_value(c.kind) OVER (PARTITION BY c.record_a, c.record_b ORDER BY c.created_at DESC, c.kind) AS counts
    FROM mdm.match_constraint c
    WHERE c.revoked_at IS NULL
      AND (c.record_a IN (SELECT record_id FROM reached) OR c.record_b IN (SELECT record_id FROM reached))
)
SELECT h.constraint_id, h.kind, h.record_a, h.record_b, h.actor, h.reason, h.created_at, h.act_id,
       a.system AS system_a, a.object AS object_a, a.source_id AS source_id_a,
       b.system AS system_b, b.object AS object_b, b.source_id AS source_id_b
FROM held h
JOIN mdm.record_key a ON a.record_id = h.record_a
JOIN mdm.record_key b ON b.record_id = h.record_b
WHERE h.kind = h.counts
ORDER BY h.created_at, h.constraint_id

-- Pairs of records with known truth: those that share a blocking key few of them carry, and all of one entity.
-- Reads:  truth (record_id, entity_id), blocking_key (key, record_id); $carried_by
-- Writes: nothing
-- Grain:  unordered pair of records
WITH member AS (SELECT DISTINCT k.key, t.record_id FROM blocking_key k JOIN truth t USING (record_id)),
entity AS (SELECT entity_id FROM truth GROUP BY entity_id HAVING count(*) <= $carried_by),
usable AS (SELECT key FROM member GROUP BY key HAVING count(*) BETWEEN 2 AND $carried_by),
pair AS (
    SELECT a.record_id AS record_a, b.record_id AS record_b
    FROM member a
    SEMI JOIN usable u ON u.key = a.key
    JOIN member b ON b.key = a.key AND a.record_id < b.record_id
    UNION
    SELECT a.record_id, b.record_id
    FROM truth a
    SEMI JOIN entity USING (entity_id)
    JOIN truth b ON b.entity_id = a.entity_id AND a.record_id < b.record_id
)
SELECT p.record_a, p.record_b, a.entity_id = b.entity_id AS same
FROM pair p
JOIN truth a ON a.record_id = p.record_a
JOIN truth b ON b.record_id = p.record_b

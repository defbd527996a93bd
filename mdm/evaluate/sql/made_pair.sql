-- Pairs of records in one golden record, with the weight that is stored.
-- Reads:  labelled, overlap, stored, decision
-- Writes: made_pair
-- Grain:  unordered pair of records
WITH joined AS (SELECT DISTINCT golden FROM overlap WHERE golden_size BETWEEN 2 AND $largest),
one AS (SELECT l.* FROM labelled l SEMI JOIN joined USING (golden) WHERE NOT l.missing)
SELECT p.*, s.match_weight, d.kind AS decided
FROM (
    SELECT
        a.record_id AS record_a, b.record_id AS record_b, a.entity_type, a.golden, a.entity = b.entity AS same,
        least(a.entity, b.entity) AS entity_a, greatest(a.entity, b.entity) AS entity_b
    FROM one a
    JOIN one b ON b.golden = a.golden AND a.record_id < b.record_id
) p
LEFT JOIN stored s USING (record_a, record_b)
LEFT JOIN decision d USING (record_a, record_b)

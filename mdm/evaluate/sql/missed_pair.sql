-- True pairs that are two customers here, of records that are here, with the weight that is stored.
-- Reads:  labelled, overlap, stored, decision
-- Writes: missed_pair
-- Grain:  unordered pair of records
WITH parted AS (SELECT DISTINCT entity FROM overlap WHERE n < entity_size AND entity_size <= $largest),
one AS (SELECT l.* FROM labelled l SEMI JOIN parted USING (entity) WHERE NOT l.missing)
SELECT
    p.*, s.match_weight, d.kind AS decided
FROM (
    SELECT
        a.record_id AS record_a, b.record_id AS record_b, a.entity_type AS type_a, b.entity_type AS type_b, a.entity,
        least(a.golden, b.golden) AS golden_a, greatest(a.golden, b.golden) AS golden_b
    FROM one a
    JOIN one b ON b.entity = a.entity AND a.record_id < b.record_id AND a.golden <> b.golden
) p
LEFT JOIN stored s USING (record_a, record_b)
LEFT JOIN decision d USING (record_a, record_b)

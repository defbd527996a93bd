-- All pairs of records between two golden records whose missed pairs nothing but the clustering explains.
-- Reads:  missed, labelled, stored
-- Writes: crossing
-- Grain:  unordered pair of records
WITH apart AS (
    SELECT DISTINCT golden_a, golden_b FROM missed WHERE stage = 'clustering' AND entity_type = '$entity_type'
)
SELECT c.*, coalesce(s.match_weight, '-infinity'::DOUBLE) AS match_weight
FROM (
    SELECT
        least(a.record_id, b.record_id) AS record_a, greatest(a.record_id, b.record_id) AS record_b,
        p.golden_a, p.golden_b
    FROM apart p
    JOIN labelled a ON a.golden = p.golden_a AND a.entity_type = '$entity_type'
    JOIN labelled b ON b.golden = p.golden_b AND b.entity_type = '$entity_type'
) c
LEFT JOIN stored s USING (record_a, record_b)

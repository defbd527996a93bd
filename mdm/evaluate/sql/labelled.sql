-- True records beside what we made of them; a record we do not have stands alone. Entities and golden records as numbers.
-- Reads:  truth, published
-- Writes: labelled
-- Grain:  one record of the truth
WITH beside AS (
    SELECT
        t.system, t.entity_id, p.record_id, p.entity_type, p.golden_id IS NULL AS missing,
        coalesce(p.golden_id, concat_ws('/', 'missing', t.system, t.object, t.source_id)) AS golden_id
    FROM truth t
    LEFT JOIN published p
        ON p.system = t.system AND p.source_id = t.source_id AND p.object IS NOT DISTINCT FROM t.object
    QUALIFY row_number() OVER (PARTITION BY t.system, t.object, t.source_id ORDER BY p.golden_id, p.record_id) = 1
)
SELECT
    system, record_id, entity_type, missing,
    dense_rank() OVER (ORDER BY entity_id) - 1 AS entity, dense_rank() OVER (ORDER BY golden_id) - 1 AS golden
FROM beside

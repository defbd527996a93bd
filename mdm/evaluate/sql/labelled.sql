-- True records beside what we made of them; a record we do not have stands alone.
-- Reads:  truth, published
-- Writes: labelled
-- Grain:  one record of the truth
SELECT
    t.system, t.entity_id, p.golden_id IS NULL AS missing,
    coalesce(p.golden_id, concat_ws('/', 'missing', t.system, t.object, t.source_id)) AS golden_id
FROM truth t
LEFT JOIN published p ON p.system = t.system AND p.source_id = t.source_id AND p.object IS NOT DISTINCT FROM t.object
QUALIFY row_number() OVER (PARTITION BY t.system, t.object, t.source_id ORDER BY p.golden_id) = 1

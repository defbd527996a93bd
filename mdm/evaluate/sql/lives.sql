-- True residents beside the household we made; a record we do not have stands alone.
-- Reads:  resident, published
-- Writes: lives
-- Grain:  one record of the truth
SELECT
    r.person, r.household_id, p.household_id IS NULL AS missing,
    coalesce(p.household_id, concat_ws('/', 'missing', r.system, r.object, r.source_id)) AS made
FROM resident r
LEFT JOIN published p ON p.system = r.system AND p.source_id = r.source_id AND p.object IS NOT DISTINCT FROM r.object

-- Values of attributes that have none where another attribute has one (a whole name beside its parts).
-- Reads:  candidate, survive_unless
-- Writes: redundant
-- Grain:  value_no (the rowid of candidate)
SELECT candidate.rowid AS value_no
FROM candidate
JOIN survive_unless u ON u.rule_id = candidate.rule_id
SEMI JOIN (SELECT golden, attribute_no FROM candidate WHERE k_out <= 0) o
    ON o.golden = candidate.golden AND o.attribute_no = u.attribute_no
WHERE candidate.k_out = 0
GROUP BY candidate.rowid

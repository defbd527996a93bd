-- A golden record worth looking at: many systems, disagreeing values.   reads: cross_reference, record_key, golden_record
SELECT x.golden_id
FROM mdm.cross_reference x
JOIN mdm.record_key k ON k.record_id = x.record_id
JOIN mdm.golden_record g ON g.golden_id = x.golden_id AND g.valid_to IS NULL AND g.entity_type = 'person'
WHERE x.until IS NULL
GROUP BY x.golden_id, g.lineage::text
HAVING count(DISTINCT k.system) >= 4
ORDER BY count(DISTINCT k.system) DESC, length(g.lineage::text) DESC, x.golden_id
LIMIT 1

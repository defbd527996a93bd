-- PostgreSQL. The keys of golden records whose evidence changed, each once.
-- reads: household_evidence, changed_evidence (of this transaction)   grain: key x golden record
SELECT u.key, e.golden_id
FROM mdm.household_evidence e
JOIN changed_evidence c ON c.id = e.golden_id
CROSS JOIN LATERAL unnest(
    -- two units of one address name it twice
    CASE WHEN cardinality(e.homes) > 1 THEN ARRAY(SELECT DISTINCT h FROM unnest(e.homes) h) ELSE e.homes END
    || e.units || e.contacts || e.house_numbers || e.postcodes) AS u (key)
WHERE u.key IS NOT NULL

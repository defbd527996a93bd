-- Every value of every customer that says something of a home, one row each; what too many carry is left out.
-- Reads:  household_evidence, household_hot (key, known from elsewhere as carried by too many), household_limit (kind, at_most)
-- Writes: household_key
-- Grain:  kind x key x golden_id; units: of a home those known of this customer; names, flats, organisation: of all its carriers
WITH carried AS (
    SELECT 'address' AS kind, home AS key, golden_id, list(DISTINCT unit) FILTER (unit IS NOT NULL) AS units, max(seen) AS seen
    FROM (SELECT golden_id, unnest(homes) AS home, unnest(units) AS unit, unnest(seen) AS seen FROM household_evidence)
    GROUP BY ALL
    UNION ALL
    SELECT 'unit', unit, golden_id, NULL, NULL FROM (SELECT DISTINCT golden_id, unnest(units) AS unit FROM household_evidence)
    WHERE unit IS NOT NULL
    UNION ALL
    SELECT 'contact', unnest(contacts), golden_id, NULL, NULL FROM household_evidence
    UNION ALL
    SELECT 'house_number', unnest(house_numbers), golden_id, NULL, NULL FROM household_evidence
    UNION ALL
    SELECT 'postcode', unnest(postcodes), golden_id, NULL, NULL FROM household_evidence
), place AS (
    SELECT kind, key, count(*) AS carriers, count(DISTINCT e.family) FILTER (NOT e.is_organisation) AS names,
           bool_or(len(c.units) > 0) AS flats, bool_or(e.is_organisation) AS organisation,
           count(*) FILTER (NOT e.is_organisation) AS people
    FROM carried c JOIN household_evidence e USING (golden_id)
    GROUP BY kind, key
)
SELECT c.kind, c.key, c.golden_id, c.units, c.seen, p.names, p.people, coalesce(p.flats, false) AS flats, p.organisation
FROM carried c
JOIN place p USING (kind, key)
JOIN household_limit l USING (kind)
SEMI JOIN (SELECT golden_id FROM household_evidence WHERE NOT is_organisation) USING (golden_id)
ANTI JOIN household_hot h ON h.key = c.key
WHERE p.carriers <= l.at_most AND p.people > 1 AND (c.kind <> 'contact' OR NOT p.organisation)

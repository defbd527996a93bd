-- What each record of the truth brings for comparison: contacts, countries, and how many kinds of fact.
-- Reads:  labelled, standardised
-- Writes: trait
-- Grain:  one record of the truth that is here
SELECT
    l.record_id, l.entity, l.golden, l.entity_type, m.emails, m.phones, m.address_keys,
    list_sort(list_distinct(coalesce(m.countries, []))) AS countries,
    (concat(m.given, m.family, m.name) <> '')::INT + (concat(m.dob) <> '')::INT
    + (coalesce(len(m.emails), 0) > 0)::INT + (coalesce(len(m.phones), 0) > 0)::INT
    + (coalesce(len(m.address_keys), 0) + coalesce(len(m.postcodes), 0) > 0)::INT
    + (
        coalesce(len(m.loyalty), 0) + coalesce(len(m.tax), 0) + coalesce(len(m.registration), 0)
        + coalesce(len(m.customer_numbers), 0) > 0
    )::INT AS facts
FROM labelled l
LEFT JOIN (
    SELECT record_id, from_json(match, '{
        "given": "VARCHAR", "family": "VARCHAR", "name": "VARCHAR", "dob": "VARCHAR",
        "emails": ["VARCHAR"], "phones": ["VARCHAR"], "address_keys": ["VARCHAR"], "postcodes": ["VARCHAR"],
        "countries": ["VARCHAR"], "loyalty": ["VARCHAR"], "tax": ["VARCHAR"], "registration": ["VARCHAR"],
        "customer_numbers": ["VARCHAR"]}') AS m
    FROM standardised
) USING (record_id)
WHERE NOT l.missing

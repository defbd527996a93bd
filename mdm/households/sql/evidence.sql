-- DuckDB. What the golden records made anew say of a home, as opaque keys: all their records' values in comparable form.
-- Lists are gathered for each golden record first and worked on then: there are half as many, and most values repeat.
-- When an address was last said matters only beside another one; 0 otherwise, so that a mere update changes nothing here.
-- reads: touched, standardised, record_fact, noise_attribute   grain: golden record with any such key
WITH said AS (
    SELECT t.golden_id, s.entity_type, CAST(epoch(coalesce(f.source_time, f.received_time)) // 86400 AS INTEGER) AS seen,
           from_json(s.match, '{"family": "VARCHAR", "family_tokens": ["VARCHAR"], "dob": "VARCHAR", "emails": ["VARCHAR"],
               "phones": ["VARCHAR"], "loyalty": ["VARCHAR"], "postcodes": ["VARCHAR"], "address_keys": ["VARCHAR"],
               "address_units": ["VARCHAR"]}') AS m
    FROM touched t JOIN standardised s USING (record_id) JOIN record_fact f USING (record_id)
), noise AS (
    SELECT coalesce(list(value) FILTER (attribute = 'phone'), []) AS phones, coalesce(list(value) FILTER (attribute = 'email'), []) AS emails,
           coalesce(list(value) FILTER (attribute = 'loyalty_number'), []) AS loyalty
    FROM noise_attribute
), gathered AS (
    SELECT golden_id, bool_and(entity_type = 'organisation') AS is_organisation,
           mode(m.family ORDER BY m.family) AS family, mode(left(m.dob, 4) ORDER BY m.dob) AS born,
           list_distinct(flatten(list(m.family_tokens) FILTER (entity_type = 'person'))) AS tokens,
           list_distinct(flatten(list(m.phones))) AS phones, list_distinct(flatten(list(m.emails))) AS emails,
           list_distinct(flatten(list(m.loyalty))) AS loyalty, list_distinct(flatten(list(m.postcodes))) AS postcodes,
           list_distinct(flatten(list(m.address_keys))) AS addresses
    FROM said GROUP BY golden_id
), place AS (
    -- number|street|unit|postcode
    SELECT golden_id, concat_ws('|', p[1], p[2], p[4]) AS address, u AS unit, seen
    FROM (SELECT golden_id, u, string_split(u, '|') AS p, seen FROM (SELECT golden_id, unnest(m.address_units) AS u, seen FROM said))
    WHERE len(p) = 4
    UNION ALL
    SELECT golden_id, unnest(m.address_keys), NULL, seen FROM said
), lived AS (
    SELECT golden_id, household_key_of('address', address) AS home, max(seen) AS seen,
           list_sort(list(DISTINCT household_key_of('unit', unit)) FILTER (unit IS NOT NULL)) AS units
    FROM place GROUP BY golden_id, address
), home AS (
    -- an address whose unit some record gives needs no line without it
    SELECT golden_id, list_sort(flatten(list(list_transform(coalesce(units, [NULL]),
               lambda u: {'home': home, 'unit': u, 'seen': seen})))) AS lines, count(*) AS homes
    FROM lived GROUP BY golden_id
)
SELECT g.golden_id, g.is_organisation, CASE WHEN g.family IS NOT NULL THEN household_key_of('family', g.family) END AS family,
       household_keys_of('name', g.tokens) AS names, TRY_CAST(g.born AS SMALLINT) AS born,
       coalesce(list_transform(h.lines, lambda l: l.home), []) AS homes, coalesce(list_transform(h.lines, lambda l: l.unit), []) AS units,
       coalesce(list_transform(h.lines, lambda l: CASE WHEN h.homes > 1 THEN l.seen ELSE 0 END), []) AS seen,
       list_concat(household_keys_of('phone', list_filter(g.phones, lambda v: NOT list_contains(n.phones, v))),
                   household_keys_of('email', list_filter(g.emails, lambda v: NOT list_contains(n.emails, v))),
                   household_keys_of('loyalty_number', list_filter(g.loyalty, lambda v: NOT list_contains(n.loyalty, v)))) AS contacts,
       household_keys_of('house_number', flatten(list_transform(g.tokens, lambda t: list_transform(g.addresses,
           lambda a: concat_ws('|', t, string_split(a, '|')[1], string_split(a, '|')[3]))))) AS house_numbers,
       household_keys_of('postcode', flatten(list_transform(g.tokens, lambda t: list_transform(g.postcodes, lambda p: t || '|' || p))))
           AS postcodes
FROM gathered g CROSS JOIN noise n LEFT JOIN home h USING (golden_id)
WHERE h.golden_id IS NOT NULL OR len(g.phones) > 0 OR len(g.emails) > 0 OR len(g.loyalty) > 0 OR (len(g.tokens) > 0 AND len(g.postcodes) > 0)

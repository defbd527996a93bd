-- What two people have in common, as the bits of household_rules.BITS.
-- Reads:  household_key, household_evidence
-- Writes: household_fact
-- Grain:  golden_a < golden_b; names_in_unit, names_at_address: the fewest last names of a common one; people_...: likewise
WITH shared AS (
    -- two flats of one house are two homes
    SELECT a.golden_id AS golden_a, b.golden_id AS golden_b, a.names, a.people, a.flats, a.organisation,
           CASE WHEN NOT list_has_any(a.units, b.units) THEN 'other_unit' ELSE a.kind END AS kind
    FROM household_key a JOIN household_key b ON b.kind = a.kind AND b.key = a.key AND a.golden_id < b.golden_id
), pair AS (
    SELECT golden_a, golden_b,
           bool_or(kind = 'unit') AS unit, bool_or(kind = 'address') AS address, bool_or(kind = 'contact') AS contact,
           bool_or(kind = 'house_number') AS house_number, bool_or(kind = 'postcode') AS postcode,
           min(names) FILTER (kind = 'unit') AS names_in_unit, min(names) FILTER (kind = 'address') AS names_at_address,
           min(people) FILTER (kind = 'unit') AS people_in_unit, min(people) FILTER (kind = 'address') AS people_at_address,
           bool_or(kind = 'other_unit') AS other_unit, bool_or(kind IN ('address', 'unit') AND organisation) AS organisation, bool_or(kind = 'address' AND flats) AS flats
    FROM shared GROUP BY golden_a, golden_b
)
SELECT p.golden_a, p.golden_b, p.names_in_unit, p.names_at_address, p.people_in_unit, p.people_at_address,
       CASE WHEN p.unit THEN 1 ELSE 0 END + CASE WHEN p.address THEN 2 ELSE 0 END
       + CASE WHEN list_has_any(a.names, b.names) THEN 4 ELSE 0 END + CASE WHEN p.contact THEN 8 ELSE 0 END
       + CASE WHEN p.house_number THEN 16 ELSE 0 END + CASE WHEN p.postcode THEN 32 ELSE 0 END
       + CASE WHEN list_has_any(a.homes, b.homes) THEN 1024 WHEN len(a.homes) > 0 AND len(b.homes) > 0 THEN 64 ELSE 0 END
       + CASE WHEN len(a.homes) > 0 AND len(b.homes) > 0 THEN 2048 ELSE 0 END
       + CASE WHEN p.organisation THEN 128 ELSE 0 END + CASE WHEN p.flats THEN 256 ELSE 0 END
       + CASE WHEN p.other_unit AND NOT p.unit AND NOT p.address THEN 512 ELSE 0 END AS facts
FROM pair p
JOIN household_evidence a ON a.golden_id = p.golden_a
JOIN household_evidence b ON b.golden_id = p.golden_b

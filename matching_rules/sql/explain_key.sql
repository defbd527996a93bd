-- The blocking keys that given values make, hashed as `blocking_keys.sql` hashes them.
-- reads: agreement(place, family, rule, parts)   writes: nothing   grain: combination of values
SELECT place, CAST(md5_number_lower(array_to_string(list_concat([family, rule], parts), chr(31))) >> 1 AS BIGINT) AS key
FROM agreement
ORDER BY place

-- Structured values that say nothing beyond a fuller one of the same golden record, and which that is.
-- Reads:  candidate, survive_rule
-- Writes: fragment
-- Grain:  golden, attribute_no, item
-- One value is part of another when each of its parts is there too (letters and digits; one slip in a longer word without digits),
-- or each piece of its comparable form that is not empty: written otherwise, the same street has the same comparable form.
WITH item AS (
    SELECT
        c.golden, c.attribute_no, c.item, any_value(r.parts) AS parts,
        arg_min({'value': c.value, 'comparable': c.comparable, 'k_missing': c.k_missing, 'k_parts': c.k_parts},
            (c.k_missing, c.k_parts, c.value, c.comparable)) AS best,
        bool_and(c.k_inactive) AS k_inactive, min(c.k_system) AS k_system, min(c.k_time) AS k_time
    FROM candidate c
    JOIN (SELECT DISTINCT rule_id, parts FROM survive_rule WHERE len(parts) > 0) r ON r.rule_id = c.rule_id
    WHERE c.k_out = 0
    GROUP BY c.golden, c.attribute_no, c.item
    QUALIFY count(*) OVER (PARTITION BY c.golden, c.attribute_no) > 1
),
said AS (
    SELECT
        golden, attribute_no, item, best.k_missing, best.k_parts, k_inactive, k_system, k_time,
        list_transform(parts, lambda part:
            coalesce(regexp_replace(lower(strip_accents(json_extract_string(best.value, part))), '[^\pL\pN]', '', 'g'), '')) AS words,
        string_split(best.comparable, '|') AS pieces,
        len(list_filter(pieces, lambda piece: piece <> '')) AS filled
    FROM item
),
contained AS (
    SELECT
        p.golden, p.attribute_no, p.item, w.item AS into_item,
        w.k_missing, w.k_parts, w.filled, w.k_inactive, w.k_system, w.k_time
    FROM said p
    JOIN said w
        ON w.golden = p.golden AND w.attribute_no = p.attribute_no AND w.item <> p.item
        AND w.k_missing <= p.k_missing AND w.k_parts <= p.k_parts AND w.filled >= p.filled
        AND (w.k_missing < p.k_missing OR w.k_parts < p.k_parts OR w.filled > p.filled)
    WHERE len(list_filter(list_zip(p.words, w.words), lambda pair: pair[1] <> '' AND pair[1] <> pair[2] AND NOT (
            length(pair[1]) > 5 AND NOT regexp_matches(pair[1] || pair[2], '\pN') AND damerau_levenshtein(pair[1], pair[2]) = 1
        ))) = 0
        OR p.filled > 0 AND len(p.pieces) > 1 AND len(p.pieces) = len(w.pieces)
            AND len(list_filter(list_zip(p.pieces, w.pieces), lambda pair: pair[1] <> '' AND pair[1] <> pair[2])) = 0
)
SELECT golden, attribute_no, item, into_item
FROM contained c
ANTI JOIN contained o ON o.golden = c.golden AND o.attribute_no = c.attribute_no AND o.item = c.into_item
QUALIFY row_number() OVER (
    PARTITION BY golden, attribute_no, item ORDER BY k_missing, k_parts, filled DESC, k_inactive, k_system, k_time, into_item
) = 1

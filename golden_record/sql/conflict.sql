-- Records that contradict each other inside one golden record, in attributes whose rule asks about that.
-- Reads:  candidate, golden_number, survive_word, survive_attribute
-- Writes: conflict
-- Grain:  golden_id, attribute, record_id; said: all the record says there, in comparable form
-- Two records contradict each other when nothing the one says is what the other says, or (beyond_slip) is one typing slip or
-- an exchange of day and month away. What is marked, may not be asserted or was overridden contradicts nobody.
WITH said AS (
    SELECT DISTINCT c.golden, c.attribute_no, w.conflict, c.record_id, c.comparable
    FROM candidate c
    JOIN survive_word w ON w.rule_id = c.rule_id AND w.conflict <> 'ignored'
    WHERE c.k_out = 0 AND NOT c.outlived AND c.golden IN (SELECT golden FROM golden_number WHERE NOT alone)
),
disputed AS (
    SELECT *
    FROM said
    SEMI JOIN (SELECT golden, attribute_no FROM said GROUP BY ALL HAVING min(comparable) < max(comparable))
        USING (golden, attribute_no)
),
apart AS (
    SELECT a.golden, a.attribute_no, unnest([a.record_id, b.record_id]) AS record_id
    FROM disputed a
    JOIN disputed b ON b.golden = a.golden AND b.attribute_no = a.attribute_no AND a.record_id < b.record_id
    GROUP BY a.golden, a.attribute_no, a.record_id, b.record_id
    HAVING NOT bool_or(a.comparable = b.comparable OR a.conflict = 'beyond_slip' AND (
        damerau_levenshtein(a.comparable, b.comparable) <= 1
        OR left(a.comparable, 5) = left(b.comparable, 5) AND length(a.comparable) = 10 AND length(b.comparable) = 10
            AND substr(a.comparable, 6, 2) = substr(b.comparable, 9) AND substr(a.comparable, 9) = substr(b.comparable, 6, 2)
    ))
)
SELECT
    n.golden_id, n.entity_type, t.attribute, d.record_id,
    string_agg(d.comparable, chr(31) ORDER BY d.comparable) AS said
FROM disputed d
SEMI JOIN apart a ON a.golden = d.golden AND a.attribute_no = d.attribute_no AND a.record_id = d.record_id
JOIN golden_number n ON n.golden = d.golden
JOIN survive_attribute t ON t.attribute_no = d.attribute_no
GROUP BY n.golden_id, n.entity_type, t.attribute, d.record_id

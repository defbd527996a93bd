-- What became of every value: the winner of every item first, supporters and losers behind it, each with its reason.
-- Reads:  candidate, verdict, place, survive_word
-- Writes: ranked_value
-- Grain:  one value of one source record (record_id, attribute, ordinal), or one item of an override (record_id null)
-- position: place of the item in the golden value (0 for single values), null for items nothing won
SELECT
    c.golden, c.rule_id, c.attribute_no,
    CASE WHEN coalesce(v.won, c.k_out <= 0) THEN coalesce(p.position, 0) END::INTEGER AS position,
    coalesce(v.rank, 1)::INTEGER AS rank,
    coalesce(v.outcome, CASE WHEN c.k_out <= 0 THEN 'wins' ELSE 'loses' END) AS outcome,
    CASE
        WHEN v.rank IS NOT NULL THEN v.decided_by
        WHEN c.k_out = -1 THEN 'override'
        WHEN c.k_out = 0 THEN 'only value'
    END || CASE WHEN c.outlived THEN ', of a record deleted since' ELSE '' END AS decided_by,
    CASE
        WHEN v.rank IS NOT NULL THEN v.reason
        WHEN c.k_out = 5 THEN w.instead || ' says it'
        WHEN c.k_out = 4 THEN 'marked: ' || coalesce(c.mark, 'blank')
        WHEN c.k_out = 3 THEN c.system || ' may not assert'
        WHEN c.k_out = 1 THEN 'overridden'
    END AS reason,
    c.record_id, c.version, c.system, c.ordinal, c.value, c.comparable, c.source_time
FROM candidate c
LEFT JOIN verdict v ON v.value_no = c.rowid
LEFT JOIN survive_word w ON w.rule_id = CASE WHEN c.k_out = 5 THEN c.rule_id END
LEFT JOIN place p ON p.value_no = coalesce(v.winner_no, c.rowid)

-- DuckDB. Every asserted value of the golden record at hand in the order of its ranking, with its times.
-- Reads:  ranked_value, attribute_value, attribute_name
-- Grain:  one value of one source record, or one item of an override
SELECT
    r.attribute_no, r.rule_id, r.position, r.rank, r.outcome, r.decided_by, r.reason, r.record_id, r.version, r.ordinal, r.value,
    r.comparable, a.source_time, a.received_time
FROM ranked_value r
JOIN attribute_name n ON n.attribute_no = r.attribute_no
LEFT JOIN attribute_value a ON a.record_id = r.record_id AND a.attribute = n.attribute AND a.ordinal = r.ordinal
ORDER BY r.attribute_no, r.position NULLS LAST, r.rank, r.comparable, r.record_id, r.ordinal

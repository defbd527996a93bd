-- Of the pairs a component needs, those weighed already.
-- reads: missing_pair, fresh_pair, stored_pair   writes: known_pair   grain: unordered pair of records
INSERT INTO known_pair
SELECT record_a, record_b, match_weight, first_stage_weight, true
FROM (
    SELECT record_a, record_b, match_weight, first_stage_weight FROM fresh_pair
    UNION ALL
    SELECT record_a, record_b, match_weight, first_stage_weight FROM stored_pair ANTI JOIN fresh_pair USING (record_a, record_b)
) SEMI JOIN missing_pair USING (record_a, record_b)

-- Pairs whose first-stage weight leaves the decision to the second stage.
-- reads: explained_level   writes: nothing   grain: unordered pair of records
SELECT record_a, record_b, match_weight AS first_weight FROM explained_level WHERE match_weight BETWEEN $low AND $high

-- PostgreSQL. Scored pairs whose first record is given.   reads: scored_pair   grain: unordered pair of records
SELECT record_a, record_b, match_weight, first_stage_weight, completed
FROM mdm.scored_pair WHERE record_a = any(CAST(:ids AS bigint[]))

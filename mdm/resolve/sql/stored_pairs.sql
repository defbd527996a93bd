-- PostgreSQL. Scored pairs among the given records.   reads: scored_pair   grain: unordered pair of records
SELECT record_a, record_b, match_weight FROM mdm.scored_pair
WHERE record_a = any(CAST(:ids AS bigint[])) AND record_b = any(CAST(:ids AS bigint[]))

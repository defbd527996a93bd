-- PostgreSQL. All scored pairs.   reads: scored_pair   grain: unordered pair of records
SELECT record_a, record_b, match_weight FROM mdm.scored_pair

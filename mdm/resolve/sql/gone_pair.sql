-- DuckDB. Stored pairs that are kept no longer, or with another weight.   reads: stored_among, known_pair   grain: unordered pair of records
SELECT record_a, record_b FROM stored_among ANTI JOIN known_pair USING (record_a, record_b, match_weight)

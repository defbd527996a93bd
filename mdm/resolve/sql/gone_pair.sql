-- DuckDB. Stored pairs that are kept no longer, or not in this form.   reads: stored_among, known_pair   grain: unordered pair of records
SELECT record_a, record_b FROM stored_among
ANTI JOIN known_pair USING (record_a, record_b, match_weight, first_stage_weight, completed)

-- DuckDB. Pairs that are not stored in this form.   reads: known_pair, stored_among   grain: unordered pair of records
SELECT * FROM known_pair
ANTI JOIN stored_among USING (record_a, record_b, match_weight, first_stage_weight, completed)

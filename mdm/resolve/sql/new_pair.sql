-- DuckDB. Pairs that are not stored in this form, customer by customer, so that one customer's lie on few pages.
-- reads: known_pair, stored_among, cluster   grain: unordered pair of records
SELECT k.*
FROM (FROM known_pair ANTI JOIN stored_among USING (record_a, record_b, match_weight, first_stage_weight, completed)) k
JOIN cluster c ON c.record_id = k.record_a
ORDER BY c.cluster_key, k.record_a

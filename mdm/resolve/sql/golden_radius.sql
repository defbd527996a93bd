-- DuckDB. The blast radius of each golden record of the slice: the references that hang on its records, and the systems that keep
-- them.
-- reads: slice_record, record_fact, record_reference   grain: golden record
SELECT s.golden_id, (coalesce(sum(r.n), 0) + count(DISTINCT f.system))::BIGINT AS radius
FROM slice_record s
JOIN record_fact f USING (record_id)
LEFT JOIN record_reference r USING (record_id)
GROUP BY s.golden_id

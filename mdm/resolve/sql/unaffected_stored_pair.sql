-- DuckDB. Stored pairs whose weight still holds: both records are judged anew, neither changed. What paired them may be gone.
-- reads: stored_among, changed, unpaired   grain: unordered pair of records
SELECT s.record_a, s.record_b, s.match_weight, s.first_stage_weight, s.completed OR u.record_a IS NOT NULL AS completed
FROM stored_among s
LEFT JOIN unpaired u ON u.record_a = s.record_a AND u.record_b = s.record_b
ANTI JOIN changed x ON x.record_id = s.record_a ANTI JOIN changed y ON y.record_id = s.record_b

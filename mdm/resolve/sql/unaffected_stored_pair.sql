-- DuckDB. Stored pairs whose weight still holds: both records are judged anew, neither changed.
-- reads: stored_among, changed   grain: unordered pair of records
SELECT s.* FROM stored_among s
ANTI JOIN changed x ON x.record_id = s.record_a ANTI JOIN changed y ON y.record_id = s.record_b

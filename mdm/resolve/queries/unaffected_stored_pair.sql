-- DuckDB. Stored pairs whose weight still holds: both records are judged anew, neither changed.
-- reads: stored_pair, affected, changed   grain: unordered pair of records
SELECT s.* FROM stored_pair s
SEMI JOIN affected a ON a.record_id = s.record_a SEMI JOIN affected b ON b.record_id = s.record_b
ANTI JOIN changed x ON x.record_id = s.record_a ANTI JOIN changed y ON y.record_id = s.record_b

-- DuckDB. Stored pairs whose records are both judged anew.   reads: stored_pair, affected   grain: unordered pair of records
SELECT s.* FROM stored_pair s
SEMI JOIN affected a ON a.record_id = s.record_a SEMI JOIN affected b ON b.record_id = s.record_b

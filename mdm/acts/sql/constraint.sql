-- PostgreSQL. One constraint.   reads: match_constraint; :constraint_id   grain: at most one row
SELECT kind, record_a, record_b, revoked_at, revoked_by FROM mdm.match_constraint WHERE constraint_id = :constraint_id

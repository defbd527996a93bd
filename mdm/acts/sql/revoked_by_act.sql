-- PostgreSQL. Constraints that an act took back.   reads: match_constraint; :act_id   grain: constraint
SELECT constraint_id, kind, record_a, record_b FROM mdm.match_constraint WHERE revoked_act_id = :act_id ORDER BY created_at, constraint_id

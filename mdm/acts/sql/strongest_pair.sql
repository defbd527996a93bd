-- PostgreSQL. The strongest weighed pairs between two sets of records.   reads: scored_pair; :first, :second   grain: pair
SELECT p.record_a, p.record_b, p.match_weight
FROM mdm.scored_pair p
WHERE (p.record_a = any(CAST(:first AS bigint[])) AND p.record_b = any(CAST(:second AS bigint[])))
   OR (p.record_a = any(CAST(:second AS bigint[])) AND p.record_b = any(CAST(:first AS bigint[])))
ORDER BY p.match_weight DESC

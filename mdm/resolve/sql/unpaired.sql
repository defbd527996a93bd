-- PostgreSQL. Stored pairs that a key paired which became hot, and that no other usable key and no decision pairs.
-- reads: blocking_key, scored_pair, hot_key, match_constraint   grain: unordered pair of records
WITH heated AS MATERIALIZED (SELECT unnest(CAST(:heated AS bigint[])) AS key), paired AS MATERIALIZED (
    SELECT DISTINCT s.record_a, s.record_b
    FROM heated h
    JOIN mdm.blocking_key a ON a.key = h.key
    JOIN mdm.scored_pair s ON s.record_a = a.record_id AND NOT s.completed
    JOIN mdm.blocking_key b ON b.record_id = s.record_b AND b.key = h.key
)
SELECT p.record_a, p.record_b
FROM paired p
WHERE NOT EXISTS (
    SELECT FROM mdm.blocking_key a JOIN mdm.blocking_key b ON b.key = a.key
    WHERE a.record_id = p.record_a AND b.record_id = p.record_b
      AND NOT EXISTS (SELECT FROM heated h WHERE h.key = a.key)
      AND NOT EXISTS (SELECT FROM mdm.hot_key h WHERE h.key = a.key AND h.key <> ALL (CAST(:cooled AS bigint[])))
) AND NOT EXISTS (
    SELECT FROM mdm.match_constraint c WHERE c.record_a = p.record_a AND c.record_b = p.record_b AND c.revoked_at IS NULL
)

-- PostgreSQL. One step outwards from the given records: whom a stored pair holds them against, who shares a golden record with them,
-- whom a decision names beside them; and whether that may make one customer of them: a pair at the match line, or the others.
-- reads: scored_pair, cross_reference, match_constraint   grain: source record
SELECT record_id, bool_or(connected) AS connected
FROM (
    SELECT record_b AS record_id, match_weight >= :match AS connected FROM mdm.scored_pair WHERE record_a = any(CAST(:ids AS bigint[]))
    UNION ALL SELECT record_a, match_weight >= :match FROM mdm.scored_pair WHERE record_b = any(CAST(:ids AS bigint[]))
    UNION ALL SELECT other.record_id, true
              FROM mdm.cross_reference mine
              JOIN mdm.cross_reference other ON other.golden_id = mine.golden_id AND other.until IS NULL
              WHERE mine.record_id = any(CAST(:ids AS bigint[])) AND mine.until IS NULL
    UNION ALL SELECT record_b, true FROM mdm.match_constraint WHERE record_a = any(CAST(:ids AS bigint[])) AND revoked_at IS NULL
    UNION ALL SELECT record_a, true FROM mdm.match_constraint WHERE record_b = any(CAST(:ids AS bigint[])) AND revoked_at IS NULL
) step
GROUP BY record_id

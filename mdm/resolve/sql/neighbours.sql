-- PostgreSQL. One step outwards from the given records: whom a pair at or above a line connects them with, who shares a
-- golden record with them, and whom a decision names beside them.
-- reads: scored_pair, cross_reference, match_constraint   grain: source record
SELECT record_b AS record_id FROM mdm.scored_pair WHERE record_a = any(CAST(:ids AS bigint[])) AND match_weight >= :lowest
UNION SELECT record_a FROM mdm.scored_pair WHERE record_b = any(CAST(:ids AS bigint[])) AND match_weight >= :lowest
UNION SELECT other.record_id
      FROM mdm.cross_reference mine
      JOIN mdm.cross_reference other ON other.golden_id = mine.golden_id AND other.until IS NULL
      WHERE mine.record_id = any(CAST(:ids AS bigint[])) AND mine.until IS NULL
UNION SELECT record_b FROM mdm.match_constraint WHERE record_a = any(CAST(:ids AS bigint[])) AND revoked_at IS NULL
UNION SELECT record_a FROM mdm.match_constraint WHERE record_b = any(CAST(:ids AS bigint[])) AND revoked_at IS NULL

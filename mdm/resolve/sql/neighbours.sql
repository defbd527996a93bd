-- PostgreSQL. One step outwards from the given records: whom a pair at or above the lowest line connects them with, and who
-- shares a golden record with them.
-- reads: scored_pair, cross_reference   grain: source record
SELECT record_b AS record_id FROM mdm.scored_pair WHERE record_a = any(CAST(:ids AS bigint[])) AND (match_weight >= :lowest OR :all_pairs)
UNION SELECT record_a FROM mdm.scored_pair WHERE record_b = any(CAST(:ids AS bigint[])) AND (match_weight >= :lowest OR :all_pairs)
UNION SELECT other.record_id
      FROM mdm.cross_reference mine
      JOIN mdm.cross_reference other ON other.golden_id = mine.golden_id AND other.until IS NULL
      WHERE mine.record_id = any(CAST(:ids AS bigint[])) AND mine.until IS NULL
UNION SELECT record_b FROM mdm.match_constraint WHERE record_a = any(CAST(:ids AS bigint[])) AND revoked_at IS NULL
UNION SELECT record_a FROM mdm.match_constraint WHERE record_b = any(CAST(:ids AS bigint[])) AND revoked_at IS NULL

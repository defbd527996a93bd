-- DuckDB. What every golden record to be made anew answers for: its own id, and the ids that live on in it.
-- reads: touched_golden, assignment, id_event (of this run), ended_id (of earlier ones)   grain: id x golden record
WITH RECURSIVE step AS (
    SELECT golden_id, unnest(other_ids) AS into_id FROM id_event WHERE kind IN ('merged', 'split')
    UNION ALL
    SELECT golden_id, into_id FROM ended_id
), ended AS (
    -- ids that live on themselves, or came back, went nowhere
    SELECT golden_id, into_id FROM step ANTI JOIN assignment USING (golden_id)
), place AS (
    SELECT golden_id AS was, golden_id FROM touched_golden
    UNION
    SELECT e.golden_id, p.golden_id FROM place p JOIN ended e ON e.into_id = p.was
)
SELECT was, golden_id FROM place

-- PostgreSQL. What happens to golden ids: the run's new ones end in those that hold their records again, and what it ended lives.
-- reads: back_golden, back_record, golden_id_event; :now, :run, :back   writes: golden_id_event   grain: golden id
INSERT INTO mdm.golden_id_event (golden_id, kind, other_ids, at, run_id)
SELECT golden_id, CASE cardinality(other_ids) WHEN 0 THEN 'retired' WHEN 1 THEN 'merged' ELSE 'split' END, other_ids, :now, :back
FROM (
    SELECT g.golden_id, coalesce(array_agg(DISTINCT r.was) FILTER (WHERE r.was <> g.golden_id), '{}') AS other_ids
    FROM back_golden g LEFT JOIN back_record r ON r.became = g.golden_id
    WHERE g.held_by IS NULL AND g.opened_version IS NOT NULL AND g.was_version IS NULL
    GROUP BY g.golden_id
) ended
UNION ALL
SELECT g.golden_id,
       CASE WHEN EXISTS (
           SELECT FROM mdm.golden_id_event e WHERE e.golden_id = g.golden_id AND e.run_id = :run AND e.kind = 'merged'
       ) THEN 'unmerged' ELSE 'revived' END,
       coalesce(array_agg(DISTINCT r.became) FILTER (WHERE r.became <> g.golden_id), '{}'), :now, :back
FROM back_golden g LEFT JOIN back_record r ON r.was = g.golden_id
WHERE g.held_by IS NULL AND g.now_version IS NULL AND g.was_version IS NOT NULL
GROUP BY g.golden_id

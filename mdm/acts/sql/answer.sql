-- PostgreSQL. The id that answers for a golden id: itself, or the survivor at the end of its merges.
-- reads: golden_record, golden_id_event; :golden_id   grain: at most one row
WITH RECURSIVE step AS (
    SELECT CAST(:golden_id AS uuid) AS golden_id
    UNION
    SELECT e.other_ids[1]
    FROM step s
    CROSS JOIN LATERAL (
        SELECT kind, other_ids FROM mdm.golden_id_event e WHERE e.golden_id = s.golden_id ORDER BY e.event_id DESC LIMIT 1
    ) e
    WHERE e.kind = 'merged'
      AND NOT EXISTS (SELECT FROM mdm.golden_record g WHERE g.golden_id = s.golden_id AND g.valid_to IS NULL)
)
SELECT s.golden_id
FROM step s JOIN mdm.golden_record g ON g.golden_id = s.golden_id AND g.valid_to IS NULL

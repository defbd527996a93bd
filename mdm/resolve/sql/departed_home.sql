-- PostgreSQL. Members of the golden records that answered for the given records while these were deleted: the golden id they
-- belonged to last, or the ids that one lives on in.
-- reads: cross_reference, golden_id_event   grain: source record (a member of such a golden record)
WITH RECURSIVE home AS (
    SELECT l.golden_id
    FROM unnest(CAST(:ids AS bigint[])) AS came (record_id)
    CROSS JOIN LATERAL (
        SELECT x.golden_id, x.until FROM mdm.cross_reference x WHERE x.record_id = came.record_id
        ORDER BY x.cross_reference_id DESC LIMIT 1
    ) l
    WHERE l.until IS NOT NULL
    UNION
    SELECT unnest(e.other_ids)
    FROM home h
    JOIN mdm.golden_id_event e ON e.golden_id = h.golden_id AND e.kind IN ('merged', 'split')
    WHERE NOT EXISTS (SELECT FROM mdm.golden_id_event l WHERE l.golden_id = e.golden_id AND l.event_id > e.event_id)
      AND NOT EXISTS (SELECT FROM mdm.cross_reference o WHERE o.golden_id = e.golden_id AND o.until IS NULL)
)
SELECT x.record_id, x.golden_id FROM mdm.cross_reference x JOIN home USING (golden_id) WHERE x.until IS NULL

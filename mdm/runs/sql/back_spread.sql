-- PostgreSQL. Whoever exchanged records with a golden record that moved on stays with it: all of them go back, or none.
-- reads: back_record   writes: back_golden   grain: golden record
UPDATE back_golden g SET held_by = h.by_run
FROM (
    SELECT e.golden_id, max(o.held_by::text)::uuid AS by_run
    FROM (
        SELECT was AS golden_id, became AS other FROM back_record WHERE was <> became
        UNION
        SELECT became, was FROM back_record WHERE was <> became
    ) e
    JOIN back_golden o ON o.golden_id = e.other AND o.held_by IS NOT NULL
    GROUP BY e.golden_id
) h
WHERE h.golden_id = g.golden_id AND g.held_by IS NULL

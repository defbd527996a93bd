-- PostgreSQL. Records that stay where they are, because the golden records they were with or are with moved on.
-- reads: back_golden, back_record, cross_reference   grain: source record
SELECT r.record_id FROM back_record r JOIN back_golden g ON g.golden_id = r.was AND g.held_by IS NOT NULL
UNION
SELECT r.record_id FROM back_record r JOIN back_golden g ON g.golden_id = r.became AND g.held_by IS NOT NULL
UNION
SELECT x.record_id
FROM back_golden g JOIN mdm.cross_reference x ON x.golden_id = g.golden_id AND x.until IS NULL
WHERE g.held_by IS NOT NULL

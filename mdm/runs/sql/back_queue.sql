-- PostgreSQL. Everybody the run judged waits again: what it took off the queue, whoever it moved, the members of golden records
-- it changed or placed in households, and whom its questions are about.
-- reads: run_publication, back_record, back_home, back_task, back_held_record, cross_reference; :run   writes: resolve_queue
-- grain: source record
INSERT INTO mdm.resolve_queue (record_id)
SELECT record_id FROM (
    SELECT unnest(taken) AS record_id FROM mdm.run_publication WHERE run_id = :run
    UNION
    SELECT record_id FROM back_record
    UNION
    SELECT x.record_id FROM back_home g JOIN mdm.cross_reference x ON x.golden_id = g.golden_id AND x.until IS NULL
    UNION
    SELECT unnest(record_ids) FROM back_task
) waits
WHERE NOT EXISTS (SELECT FROM back_held_record h WHERE h.record_id = waits.record_id)
ORDER BY record_id

-- PostgreSQL. What systems sent for the given versions of source records, as one text.
-- reads: source_record   grain: source record
SELECT s.record_id, s.attributes::jsonb::text AS sent
FROM unnest(CAST(:ids AS bigint[]), CAST(:versions AS integer[])) AS g (record_id, version)
JOIN mdm.source_record s ON s.record_id = g.record_id AND s.version = g.version

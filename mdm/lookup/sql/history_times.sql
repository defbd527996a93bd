-- When versions of source records were true, by their systems' clocks; when received where a system gave none.
-- Reads:  source_record; :record_ids, :versions
-- Grain:  one version of a source record
SELECT s.record_id, s.version, coalesce(s.source_time, s.received_time) AS at
FROM unnest(CAST(:record_ids AS bigint[]), CAST(:versions AS integer[])) AS w (record_id, version)
JOIN mdm.source_record s ON s.record_id = w.record_id AND s.version = w.version

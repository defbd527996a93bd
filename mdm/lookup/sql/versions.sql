-- Versions of source records, with the standardised form where it is of that version, else with what the system sent.
-- Reads:  source_record, record_key, standardised_record; :ids, :versions
-- Grain:  one version of a source record
SELECT
    s.record_id, s.version, k.system, k.object, k.source_id, s.entity_type, s.source_time, s.received_time, t."values",
    CASE WHEN t.record_id IS NULL THEN CAST(s.attributes AS text) END AS attributes
FROM unnest(CAST(:ids AS bigint[]), CAST(:versions AS integer[])) AS g (record_id, version)
JOIN mdm.source_record s ON s.record_id = g.record_id AND s.version = g.version
JOIN mdm.record_key k ON k.record_id = g.record_id
LEFT JOIN mdm.standardised_record t ON t.record_id = g.record_id AND t.version = g.version

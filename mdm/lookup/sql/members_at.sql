-- The live source records of a golden record, now (:at null) or as they were at a moment of the past.
-- Reads:  cross_reference, source_record; :golden_id, :at
-- Grain:  one source record in its version of that moment
SELECT x.record_id, s.version
FROM mdm.cross_reference x
JOIN mdm.source_record s ON s.record_id = x.record_id
WHERE x.golden_id = :golden_id AND NOT s.deleted
    AND CASE WHEN CAST(:at AS timestamptz) IS NULL THEN x.until IS NULL AND s.superseded_at IS NULL
        ELSE x.since <= :at AND coalesce(x.until > :at, true)
            AND s.received_time <= :at AND coalesce(s.superseded_at > :at, true) END
ORDER BY x.record_id

-- Records to ask about as a system would send them: every so many-th of those that are live.
-- Reads:  source_record, standardised_record; :requests
-- Grain:  live record
WITH numbered AS (
    SELECT record_id, row_number() OVER (ORDER BY record_id) AS place, count(*) OVER () AS live
    FROM mdm.standardised_record
)
SELECT s.entity_type, s.attributes::text AS attributes
FROM numbered n
JOIN mdm.source_record s ON s.record_id = n.record_id AND s.superseded_at IS NULL
WHERE n.place % greatest(1, n.live / :requests) = 0
ORDER BY md5(n.record_id::text)
LIMIT :requests

-- Rows that could not be taken and wait for a replay, newest first; without their payload.
-- Reads:  rejected_payload; :system and :object (null: any), :n
-- Grain:  one rejected row
SELECT rejected_id, system, object, file_name, line, reason, received_time
FROM mdm.rejected_payload
WHERE replayed_at IS NULL
    AND (CAST(:system AS text) IS NULL OR system = :system)
    AND (CAST(:object AS text) IS NULL OR object = :object)
ORDER BY rejected_id DESC
LIMIT :n

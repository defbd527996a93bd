-- PostgreSQL. The newest version of golden records, with the current one's content.
-- reads: golden_record   grain: golden record
SELECT golden_id, max(version) AS version,
       (max(content_hash::text) FILTER (WHERE valid_to IS NULL))::uuid AS content_hash,
       bool_or(valid_to IS NULL) AS is_current
FROM mdm.golden_record
WHERE :everything OR golden_id = any(CAST(:golden AS uuid[]))
GROUP BY golden_id

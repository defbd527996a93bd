-- PostgreSQL. Which attributes a run changed, in golden records that were there before and after.
-- reads: golden_record; :run   grain: attribute
SELECT d.attribute, count(*) FILTER (WHERE d.old IS NULL) AS added, count(*) FILTER (WHERE d.old IS NOT NULL AND d.new IS NOT NULL) AS changed,
       count(*) FILTER (WHERE d.new IS NULL) AS removed, count(*) AS golden_records
FROM mdm.golden_record o
JOIN mdm.golden_record c ON c.golden_id = o.golden_id AND c.closed_run_id = :run AND c."values" <> o."values"
CROSS JOIN LATERAL (
    SELECT key AS attribute, c."values" -> key AS old, value AS new FROM jsonb_each(o."values") WHERE value IS DISTINCT FROM c."values" -> key
    UNION ALL
    SELECT key, value, NULL FROM jsonb_each(c."values") WHERE NOT o."values" ? key
) d
WHERE o.run_id = :run
GROUP BY d.attribute ORDER BY d.attribute

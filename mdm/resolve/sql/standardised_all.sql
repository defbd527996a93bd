-- PostgreSQL. Every standardised record.   reads: standardised_record   grain: source record
SELECT record_id, version, entity_type, "values"::text AS "values", match::text AS match, content_hash::text AS content_hash
FROM mdm.standardised_record

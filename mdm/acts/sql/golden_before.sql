-- PostgreSQL. Current versions of golden records.   reads: golden_record; :golden   grain: golden record
SELECT golden_id, version, "values" FROM mdm.golden_record WHERE valid_to IS NULL AND golden_id = any(CAST(:golden AS uuid[]))

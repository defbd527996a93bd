-- PostgreSQL. How many golden records there are, and how many records belong to one.
-- reads: golden_record, cross_reference   grain: one row
SELECT (SELECT count(*) FROM mdm.golden_record WHERE valid_to IS NULL) AS standing,
       (SELECT count(*) FROM mdm.cross_reference WHERE until IS NULL) AS held

-- PostgreSQL. How many golden records there are, counted only as far as it takes to know: a million take seconds.
-- reads: golden_record   grain: one row
SELECT count(*) FROM (SELECT FROM mdm.golden_record WHERE valid_to IS NULL LIMIT :enough) AS standing

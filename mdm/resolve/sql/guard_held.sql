-- PostgreSQL. How many records belong to a golden record, counted only as far as it takes to know.
-- reads: cross_reference   grain: one row
SELECT count(*) FROM (SELECT FROM mdm.cross_reference WHERE until IS NULL LIMIT :enough) AS held

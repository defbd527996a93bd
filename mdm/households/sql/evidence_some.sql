-- PostgreSQL. What golden records said of a home when last published.   reads: household_evidence   grain: golden record
SELECT golden_id, is_organisation, family, names, born, homes, units, seen, contacts, house_numbers, postcodes
FROM mdm.household_evidence WHERE :everything OR golden_id = any(CAST(:golden AS uuid[]))

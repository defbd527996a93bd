-- PostgreSQL. Evidence that no golden record gives (seen before all days), so that the next run finds it changed, also where
-- nothing is said of a home any more.   reads: back_home, golden_record   writes: household_evidence   grain: golden record
INSERT INTO mdm.household_evidence
    (golden_id, is_organisation, names, homes, units, seen, contacts, house_numbers, postcodes)
SELECT h.golden_id, false, '{}', '{}', '{}', '{-1}', '{}', '{}', '{}'
FROM back_home h JOIN mdm.golden_record g ON g.golden_id = h.golden_id AND g.valid_to IS NULL

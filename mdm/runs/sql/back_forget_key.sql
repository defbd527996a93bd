-- PostgreSQL. What golden records say of a home is made anew by the next run.   reads: back_golden   writes: household_key   grain: key
DELETE FROM mdm.household_key k USING back_golden g WHERE g.golden_id = k.golden_id AND g.held_by IS NULL

-- PostgreSQL. What golden records say of a home is made anew by the next run.   reads: back_home   writes: household_key   grain: key
DELETE FROM mdm.household_key k USING back_home g WHERE g.golden_id = k.golden_id

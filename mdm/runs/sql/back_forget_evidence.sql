-- PostgreSQL. As back_forget_key.   reads: back_golden   writes: household_evidence   grain: golden record
DELETE FROM mdm.household_evidence e USING back_golden g WHERE g.golden_id = e.golden_id AND g.held_by IS NULL

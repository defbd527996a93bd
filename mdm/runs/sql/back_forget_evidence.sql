-- PostgreSQL. As back_forget_key.   reads: back_home   writes: household_evidence   grain: golden record
DELETE FROM mdm.household_evidence e USING back_home g WHERE g.golden_id = e.golden_id

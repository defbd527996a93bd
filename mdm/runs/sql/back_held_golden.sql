-- PostgreSQL. Golden records that stay as they are: few, so that asking for them costs nothing.
-- reads: back_golden   grain: golden record
SELECT golden_id FROM back_golden WHERE held_by IS NOT NULL

-- PostgreSQL. Ends stays.   writes: household_member   grain: stay
UPDATE mdm.household_member SET until = :now, closed_run_id = :run
WHERE until IS NULL AND member_id = any(CAST(:ids AS bigint[]))

-- PostgreSQL. Ends the run's cross-references.   reads: back_record; :now, :back   writes: cross_reference   grain: source record
UPDATE mdm.cross_reference x SET until = :now, closed_run_id = :back
FROM back_record r WHERE x.cross_reference_id = r.now_id AND r.ours

-- DuckDB. Which golden record answers for one that ended in this run, or lives on beside what was split off it.
-- reads: id_event   grain: golden_id x heir
SELECT golden_id, unnest(other_ids) AS heir FROM id_event WHERE kind IN ('merged', 'split')

-- PostgreSQL. What golden versions take: rows as stored (compressed), their values and lineage, the table with its indexes.
-- reads: golden_record   grain: one row
SELECT count(*) AS versions, avg(pg_column_size(g.*)) AS row_bytes, avg(pg_column_size(g."values")) AS values_bytes,
    avg(pg_column_size(g.lineage)) AS lineage_bytes, pg_total_relation_size('mdm.golden_record') / greatest(1, count(*)) AS held_bytes
FROM mdm.golden_record g

-- How one column's values are spread: records that hold one, values, the most carriers of one, values with several carriers, and
-- those of them whose carriers are all in one cluster.
-- reads: $records (typed), $clusters(record_id, cluster_key)   writes: nothing   grain: one row
WITH held AS (
    SELECT DISTINCT record_id, $value AS value FROM $records
), carried AS (
    SELECT value, count(*) AS carriers, count(DISTINCT cluster_key) AS clusters
    FROM held JOIN $clusters USING (record_id) WHERE value IS NOT NULL GROUP BY value
)
SELECT (SELECT count(*) FROM $records WHERE "$column" IS NOT NULL), count(*), coalesce(max(carriers), 0),
       count(*) FILTER (carriers > 1), count(*) FILTER (carriers > 1 AND clusters = 1)
FROM carried

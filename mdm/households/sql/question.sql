-- DuckDB. Keys whose carriers were not looked up yet, and how many to read of each to know whether too many carry it: beside
-- its limit those who do not count, because they are judged anew or a steward placed them.
-- reads: said_key, household_asked, household_before_key, household_at_most, household_settled   grain: key
SELECT q.key, CAST(any_value(l.at_most) + 1 + count(b.golden_id) + (SELECT count(*) FROM household_settled) AS INTEGER) AS most
FROM (SELECT DISTINCT kind, key FROM said_key WHERE key IS NOT NULL) q
JOIN household_at_most l USING (kind)
LEFT JOIN household_before_key b ON b.key = q.key
ANTI JOIN household_asked a ON a.key = q.key
GROUP BY q.key

-- DuckDB. Keys just looked up that too many others carry.
-- reads: household_met, said_key, household_at_most   grain: key
SELECT m.key
FROM household_met m
JOIN (SELECT DISTINCT kind, key FROM said_key) k USING (key)
JOIN household_at_most l USING (kind)
GROUP BY m.key
HAVING count(*) > any_value(l.at_most)

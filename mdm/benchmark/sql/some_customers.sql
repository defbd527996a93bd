-- PostgreSQL. Customers of two records or more, in an order that says nothing.   reads: cross_reference; :n   grain: golden record
SELECT golden_id FROM mdm.cross_reference WHERE until IS NULL GROUP BY golden_id HAVING count(*) > 1 ORDER BY golden_id LIMIT :n

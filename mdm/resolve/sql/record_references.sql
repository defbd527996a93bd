-- PostgreSQL. How many live orders, cases, invoices, loyalty transactions ... hang on each source record.
-- reads: customer_reference, record_key   grain: source record that has any
SELECT k.record_id, count(*) AS n
FROM mdm.customer_reference r
JOIN mdm.record_key k
    ON k.system = r.owner_system AND k.object = r.owner_object AND k.source_id = r.owner_source_id
WHERE NOT r.deleted AND (:everything OR k.record_id = any(CAST(:ids AS bigint[])))
GROUP BY k.record_id

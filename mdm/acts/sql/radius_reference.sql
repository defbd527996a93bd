-- PostgreSQL. Live orders, cases ... of source records, by type.   reads: customer_reference, record_key; :ids   grain: reference type
SELECT r.reference_type, count(*) AS n
FROM mdm.record_key k
JOIN mdm.customer_reference r ON r.owner_system = k.system AND r.owner_object = k.object AND r.owner_source_id = k.source_id
WHERE k.record_id = any(CAST(:ids AS bigint[])) AND NOT r.deleted
GROUP BY r.reference_type ORDER BY r.reference_type

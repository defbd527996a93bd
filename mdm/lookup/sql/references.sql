-- Live orders, cases ... of some records, by type.
-- Reads:  customer_reference, record_key; :record_ids
-- Grain:  reference_type
SELECT r.reference_type, count(*) AS n, max(r.occurred_at) AS latest
FROM mdm.record_key k
JOIN mdm.customer_reference r
    ON r.owner_system = k.system AND r.owner_object = k.object AND r.owner_source_id = k.source_id
WHERE k.record_id = ANY(:record_ids) AND NOT r.deleted
GROUP BY r.reference_type
ORDER BY r.reference_type

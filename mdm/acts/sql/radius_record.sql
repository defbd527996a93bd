-- PostgreSQL. What hangs on source records: their systems and loyalty balances.
-- reads: record_key, standardised_record; :ids   grain: source record
SELECT k.record_id, k.system, (s."values" -> 'loyalty_balance' -> 0 ->> 0) AS loyalty_balance
FROM mdm.record_key k JOIN mdm.standardised_record s USING (record_id)
WHERE k.record_id = any(CAST(:ids AS bigint[]))

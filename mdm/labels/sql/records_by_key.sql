-- PostgreSQL. Record ids of keys, by their place in the lists.
-- Reads:  record_key; :systems, :objects, :source_ids (lists of one length)
-- Writes: nothing
-- Grain:  one key that is known
SELECT w.place, k.record_id
FROM unnest(CAST(:systems AS text[]), CAST(:objects AS text[]), CAST(:source_ids AS text[]))
    WITH ORDINALITY AS w (system, object, source_id, place)
JOIN mdm.record_key k ON k.system = w.system AND k.object = w.object AND k.source_id = w.source_id

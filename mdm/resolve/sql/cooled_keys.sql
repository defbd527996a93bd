-- PostgreSQL. Keys that were hot, lost a carrier, and have no more of them now than they may.
-- reads: hot_key, blocking_key   grain: key
SELECT h.key, h.entity_type
FROM mdm.hot_key h
WHERE h.lost_carrier
  AND (SELECT count(*) FROM (SELECT FROM mdm.blocking_key k WHERE k.key = h.key LIMIT greatest(h.largest, 0) + 1) few) <= h.largest

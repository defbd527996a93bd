-- PostgreSQL. Golden ids no longer in use that live on in others: by a merge in the survivor, by a split in every part.
-- reads: golden_id_event, cross_reference   grain: golden id x id it went into
SELECT e.golden_id, unnest(e.other_ids) AS into_id
FROM mdm.golden_id_event e
WHERE e.kind IN ('merged', 'split')
  AND NOT EXISTS (SELECT FROM mdm.golden_id_event l WHERE l.golden_id = e.golden_id AND l.event_id > e.event_id)
  AND NOT EXISTS (SELECT FROM mdm.cross_reference x WHERE x.golden_id = e.golden_id AND x.until IS NULL)

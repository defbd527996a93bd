-- PostgreSQL. Proposals in force, those a person rejected, and those written out whose target record has not come in anew
-- since (it is on its way: proposing it again would write it twice), for the given records.
-- reads: proposed_change, source_record   grain: proposal
SELECT c.change_id, c.record_id, c.attribute, c.golden_id, c.new_value, c.state FROM mdm.proposed_change c
WHERE (c.state IN ('proposed', 'approved', 'rejected')
       OR c.state = 'exported' AND NOT EXISTS (
           SELECT FROM mdm.source_record s
           WHERE s.record_id = c.record_id AND s.superseded_at IS NULL AND s.received_time > c.closed_at
       ))
  AND (:everything OR c.record_id = any(CAST(:ids AS bigint[])))

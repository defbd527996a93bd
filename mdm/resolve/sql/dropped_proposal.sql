-- DuckDB. Proposals in force that the golden records made anew no longer make.
-- reads: live_proposal, same_proposal, remade   grain: proposal
SELECT l.change_id FROM live_proposal l SEMI JOIN remade USING (record_id) ANTI JOIN same_proposal s USING (change_id)
WHERE l.state IN ('proposed', 'approved')

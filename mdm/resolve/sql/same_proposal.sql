-- DuckDB. Proposals that stand already, that a person rejected in this very form, or that are on their way in this form.
-- reads: proposal, live_proposal   grain: proposal
WITH new AS (
    SELECT record_id, attribute, golden_id, CASE WHEN json_type(new_value) = 'OBJECT'
        THEN CAST(list_sort(map_entries(CAST(CAST(new_value AS JSON) AS MAP(VARCHAR, JSON)))) AS VARCHAR) ELSE new_value::JSON->>'$' END AS said
    FROM proposal
), old AS (
    SELECT change_id, record_id, attribute, golden_id, state, CASE WHEN json_type(new_value) = 'OBJECT'
        THEN CAST(list_sort(map_entries(CAST(CAST(new_value AS JSON) AS MAP(VARCHAR, JSON)))) AS VARCHAR) ELSE new_value::JSON->>'$' END AS said
    FROM live_proposal
)
SELECT old.change_id, record_id, attribute
FROM new JOIN old USING (record_id, attribute)
WHERE new.said IS NOT DISTINCT FROM old.said AND (old.state IN ('rejected', 'exported') OR old.golden_id = new.golden_id)

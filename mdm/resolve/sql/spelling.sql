-- DuckDB. Capitals we guessed for a shouted or whispered name that nobody writes so, and how most records write it.
-- reads: rival_text, sent_text   grain: golden record x record x attribute x ordinal
WITH said AS (
    SELECT r.*, contains(t.sent, trim(r.value, '"')) AS as_sent, r.value NOT IN (upper(r.value), r.plain) AS mixed
    FROM rival_text r JOIN sent_text t USING (record_id)
), written AS (
    SELECT golden_id, attribute, plain, value, count(DISTINCT record_id) AS records FROM said WHERE as_sent AND mixed GROUP BY ALL
), best AS (
    SELECT golden_id, attribute, plain, value FROM written
    QUALIFY row_number() OVER (PARTITION BY golden_id, attribute, plain ORDER BY records DESC, value) = 1
)
SELECT s.golden_id, s.record_id, s.attribute, s.ordinal, b.value
FROM said s
JOIN best b ON b.golden_id = s.golden_id AND b.attribute = s.attribute AND b.plain = s.plain
ANTI JOIN written w ON w.golden_id = s.golden_id AND w.attribute = s.attribute AND w.value = s.value
WHERE NOT s.as_sent

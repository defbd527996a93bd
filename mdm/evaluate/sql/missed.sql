-- Missed pairs with their weight (stored, or what it would be), how they were compared, and where they were lost.
-- Reads:  missed_pair, rescored, paired, objection, stated, line
-- Writes: missed
-- Grain:  unordered pair of records
WITH known AS (
    SELECT
        p.* EXCLUDE (match_weight), coalesce(p.match_weight, r.match_weight) AS match_weight,
        CASE
            WHEN p.match_weight IS NOT NULL OR k.paired THEN 'compared'
            WHEN k.paired IS NULL THEN 'no blocking key in common'
            ELSE 'all keys in common carried by too many'
        END AS compared,
        coalesce(
            o.contradiction, 'a source states: ' || s.relation,
            CASE WHEN o.bare AND coalesce(p.match_weight, r.match_weight) < l.bare THEN '$bare' END
        ) AS veto,
        l.potential, l.match
    FROM missed_pair p
    LEFT JOIN line l ON l.entity_type = p.type_a
    LEFT JOIN rescored r USING (record_a, record_b)
    LEFT JOIN paired k USING (record_a, record_b)
    LEFT JOIN objection o USING (record_a, record_b)
    LEFT JOIN stated s USING (record_a, record_b)
)
SELECT
    record_a, record_b, entity, golden_a, golden_b, type_a AS entity_type, match_weight,
    CASE
        WHEN type_a <> type_b THEN 'two kinds'
        WHEN match_weight IS NULL THEN 'absent'
        WHEN decided = 'cannot_link' THEN 'steward'
        WHEN match_weight < match THEN 'weight'
        WHEN veto IS NOT NULL THEN 'veto'
        WHEN compared <> 'compared' THEN 'blocking'
        ELSE 'clustering'
    END AS stage,
    CASE stage
        WHEN 'two kinds' THEN 'one is held to be a person, the other an organisation'
        WHEN 'absent' THEN 'a record waits for its first run'
        WHEN 'steward' THEN 'a steward keeps them apart'
        WHEN 'weight' THEN concat(
            CASE WHEN match_weight < potential THEN 'below the line from which a steward is asked'
                 WHEN veto IS NOT NULL THEN 'below the match line, and forbidden'
                 ELSE 'below the match line, a steward can be asked' END,
            CASE WHEN compared <> 'compared' THEN ' (had they been compared)' ELSE '' END
        )
        WHEN 'veto' THEN veto
        WHEN 'blocking' THEN compared
        WHEN 'clustering' THEN 'the two customers as a whole are below the line, too large or ambiguous'
    END AS reason
FROM known

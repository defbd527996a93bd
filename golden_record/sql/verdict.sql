-- What became of every value that competed and why, in words.
-- Reads:  ranking, survive_word
-- Writes: verdict, group_verdict
-- Grain:  value_no
-- outcome: wins | supports (means the same as the winner) | loses; won: whether any value of the item won; winner_no: the first
WITH judged AS (
    SELECT
        k.item_no, k.value_no, k.rank, k.k_out, k.group_reason, w.value_no AS winner_no, w.k_out <= 0 AS won,
        CASE
            WHEN k.rank = 1 AND k.k_out <= 0 THEN 'wins'
            WHEN w.k_out = 0 AND k.k_out IN (0, 2) AND k.comparable = w.comparable AND k.k_misspelt = w.k_misspelt
                AND (r.strategy <> 'most_restrictive' OR k.k_strategy = w.k_strategy) THEN 'supports'
            ELSE 'loses'
        END AS outcome,
        CASE
            WHEN outcome <> 'loses' THEN NULL
            WHEN k.k_out = 5 THEN r.instead || ' says it'
            WHEN k.k_out = 4 THEN 'marked: ' || coalesce(k.mark, 'blank')
            WHEN k.k_out = 3 THEN k.system || ' may not assert'
            WHEN k.k_out = 1 THEN 'overridden'
            WHEN k.group_reason IS NOT NULL THEN k.group_reason
            WHEN k.k_group <> w.k_group THEN 'complete group first'
            WHEN k.k_misspelt <> w.k_misspelt THEN 'well spelt first'
            WHEN k.k_fragment <> w.k_fragment OR k.k_missing <> w.k_missing OR k.k_parts <> w.k_parts THEN 'more complete first'
            WHEN k.k_inactive <> w.k_inactive THEN 'active first'
            WHEN k.k_strategy <> w.k_strategy THEN r.words
            WHEN k.k_then <> w.k_then THEN r.then_words
            WHEN k.k_system <> w.k_system THEN 'ranked: ' || w.system || ' before ' || k.system
            WHEN k.k_time <> w.k_time THEN 'tie: most recent'
            WHEN k.ordinal <> w.ordinal THEN 'tie: first in its record'
            WHEN k.k_length <> w.k_length THEN 'tie: longest'
            ELSE 'tie: value text'
        END AS reason
    FROM ranking k
    JOIN ranking w ON w.item_no = k.item_no AND w.rank = 1
    JOIN survive_word r ON r.rule_id = k.rule_id
),
decision AS (
    SELECT
        item_no,
        arg_min(reason, rank) FILTER (outcome = 'loses' AND k_out IN (0, 2)) AS against,
        bool_or(outcome = 'supports') AS supported
    FROM judged
    WHERE rank > 1
    GROUP BY item_no
)
SELECT
    j.item_no, j.value_no, j.rank, j.winner_no, j.won, j.outcome, j.reason,
    CASE
        WHEN j.outcome <> 'wins' THEN NULL
        WHEN j.k_out = -1 THEN 'override'
        WHEN j.group_reason IS NOT NULL THEN j.group_reason
        WHEN d.against IS NOT NULL THEN d.against
        WHEN d.supported THEN 'all agree'
        ELSE 'only value'
    END AS decided_by
FROM judged j
LEFT JOIN decision d ON d.item_no = CASE WHEN j.outcome = 'wins' THEN j.item_no END

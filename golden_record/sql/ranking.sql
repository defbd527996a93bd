-- The ranking: the values of each item, the winner first.
-- Reads:  contest
-- Writes: ranking
-- Grain:  as contest
-- The tie order is the one ownership.yaml writes down; record_id comes last and only between rows alike in everything else.
SELECT
    *,
    row_number() OVER (
        PARTITION BY item_no
        ORDER BY k_out, k_group, k_misspelt, k_fragment, k_missing, k_parts, k_inactive, k_strategy, k_then, k_system, k_time, ordinal, k_length,
            value, system, object, comparable, record_id
    ) AS rank
FROM contest

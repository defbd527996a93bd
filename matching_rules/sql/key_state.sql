-- What became of every blocking key: used, carried by too many for its rule or the run, or a shared value that is noise.
-- reads: $keys(key, record_id, rule), largest_block(rule, largest), noise_keys(key)   writes: nothing   grain: key
SELECT k.key, any_value(k.rule) AS rule, count(*) AS n,
       CASE WHEN k.key IN (SELECT key FROM noise_keys) THEN 'noise'
            WHEN count(*) > least(any_value(b.largest), $most) THEN 'large'
            ELSE 'used' END AS state
FROM $keys k JOIN largest_block b USING (rule)
GROUP BY k.key

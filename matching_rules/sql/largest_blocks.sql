-- The largest blocks of each rule.   reads: key_state   writes: nothing   grain: key
SELECT rule, key, n, state FROM key_state WHERE n > 1
QUALIFY row_number() OVER (PARTITION BY rule ORDER BY n DESC, key) <= $most
ORDER BY rule, n DESC, key

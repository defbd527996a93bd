-- Pairs worth keeping: all inside components, and those near enough to the line to be asked about.
-- reads: known_pair, connected_pair   writes: nothing   grain: unordered pair of records
SELECT record_a, record_b, match_weight FROM connected_pair
UNION
SELECT record_a, record_b, match_weight FROM known_pair WHERE match_weight >= $potential

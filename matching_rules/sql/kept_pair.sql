-- Pairs worth keeping: all inside components, and those near enough to the line to be asked about.
-- reads: known_pair, connected_pair   writes: nothing   grain: unordered pair of records
FROM connected_pair
UNION
FROM known_pair WHERE match_weight >= $potential

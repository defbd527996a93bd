-- All figures of one evaluation. Pairs: of records in one golden record. B-cubed: Bagga and Baldwin 1998, mean over records.
-- Reads:  labelled, overlap, truth_all, published
-- Writes: nothing
-- Grain:  one row
WITH entity AS (SELECT entity_id, any_value(entity_size) AS n FROM overlap GROUP BY entity_id),
golden AS (SELECT golden_id, any_value(golden_size) AS n FROM overlap GROUP BY golden_id),
extra AS (
    SELECT count(*) AS n
    FROM published p
    ANTI JOIN truth_all t ON t.system = p.system AND t.source_id = p.source_id AND t.object IS NOT DISTINCT FROM p.object
)
SELECT
    (SELECT count(*) FROM labelled) AS records,
    (SELECT count(*) FROM labelled WHERE missing) AS missing,
    (SELECT n FROM extra) AS extra,
    (SELECT count(*) FROM entity) AS entities,
    (SELECT count(*) FROM golden) AS golden,
    (SELECT sum(n * (n - 1) // 2) FROM overlap)::BIGINT AS pairs_both,
    (SELECT sum(n * (n - 1) // 2) FROM golden)::BIGINT AS pairs_golden,
    (SELECT sum(n * (n - 1) // 2) FROM entity)::BIGINT AS pairs_true,
    (SELECT sum(n * n / golden_size) FROM overlap)::DOUBLE AS bcubed_precision,
    (SELECT sum(n * n / entity_size) FROM overlap)::DOUBLE AS bcubed_recall,
    (SELECT count(*) FROM overlap WHERE n = entity_size AND n = golden_size) AS exact,
    (SELECT max(n) FROM golden)::BIGINT AS largest_golden

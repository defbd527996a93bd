-- How the records of the truth and those we hold cover each other.
-- Reads:  labelled, truth_all, published
-- Writes: nothing
-- Grain:  one row
SELECT
    (SELECT count(*) FROM labelled) AS records,
    (SELECT count(*) FROM labelled WHERE missing) AS missing,
    (
        SELECT count(*)
        FROM published p
        ANTI JOIN truth_all t
            ON t.system = p.system AND t.source_id = p.source_id AND t.object IS NOT DISTINCT FROM p.object
    ) AS extra

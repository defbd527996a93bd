-- Pairs with the second stage's measures, the first-stage weight last.
-- reads: $pairs(record_a, record_b, first_weight), $records (typed), frequency_<column>(value, frequency)   grain: pair
WITH known AS (
    SELECT r.*$known FROM $records r$frequencies
), side AS (
    SELECT p.record_a, p.record_b, p.first_weight, $sides
    FROM $pairs p JOIN known a ON a.record_id = p.record_a JOIN known b ON b.record_id = p.record_b
)
SELECT record_a, record_b, $measures, CAST(first_weight AS FLOAT) AS first_weight FROM side

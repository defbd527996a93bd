-- Pairs with the level each comparison falls into (gamma, -1: nothing to compare), rarity in bits, and the match weight.
-- reads: $pairs(record_a, record_b), $records (typed), frequency_<column>(value, frequency)   grain: pair
WITH known AS (
    SELECT r.*$known FROM $records r$frequencies
), side AS (
    SELECT p.record_a, p.record_b, $sides
    FROM $pairs p JOIN known a ON a.record_id = p.record_a JOIN known b ON b.record_id = p.record_b
), level AS (
    SELECT record_a, record_b$rarest, $gammas FROM side
), rarity AS (
    SELECT *$rarities FROM level
)
SELECT *, $weight AS first_weight, $crowded AS crowded FROM rarity

-- As identity_new, with the ids that were handed in instead of random ones.
-- Reads:  identity_new, identity_handed_in (number, golden_id)
-- Writes: identity_given
-- Grain:  cluster_key
SELECT n.cluster_key, n.number, h.golden_id::UUID AS golden_id
FROM identity_new n
JOIN identity_handed_in h ON h.number = n.number

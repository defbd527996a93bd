"""From changed records to golden records: standardise, block, score, cluster, identify, survive, propose, publish."""

-- Values that are no evidence because very many records carry them.
-- reads: mdm.shared_value   writes: nothing   grain: attribute x value
SELECT attribute AS column_name, comparable AS value FROM mdm.shared_value

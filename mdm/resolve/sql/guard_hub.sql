-- DuckDB. Values that turned out to be noise by more carriers at once than allowed, the widest first.
-- reads: new_noise; $1 the most   grain: value
SELECT column_name, carriers, key FROM new_noise WHERE carriers > $1 ORDER BY carriers DESC, column_name, key

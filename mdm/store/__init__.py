"""The store: PostgreSQL for what lasts, DuckDB for set work, and the bridge between them. Functions here never
commit.
"""

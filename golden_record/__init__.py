"""Which value is true, and under which id? A pure engine: attribute values in, golden records with lineage out."""

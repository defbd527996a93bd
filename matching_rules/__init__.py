"""Who is the same? A pure engine: standardised records in, scored pairs and clusters out."""

"""One file per version, numbered; never changed once released."""

"""Doors for systems: the HTTP contract. Nothing stands here yet (issue 5 of 6)."""

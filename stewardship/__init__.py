"""Where people decide: queue, comparison, decisions, web pages. Nothing stands here yet (issue 4 of 6)."""

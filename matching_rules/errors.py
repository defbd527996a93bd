"""What can be wrong with a rule or model file; the message starts with ``file:line:``."""

from __future__ import annotations


class RuleError(ValueError):
    """A matching rule file or model file says something impossible."""

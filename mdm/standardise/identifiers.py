"""Numbers others gave a customer (loyalty, tax, register): shown as sent, compared by letters and digits."""

from __future__ import annotations

from mdm.standardise.policy import meaningless
from mdm.standardise.text import LONGEST_TEXT, fold
from mdm.standardise.values import INVALID, PLACEHOLDER, Value


def standardise_identifier(text: str) -> Value:
    """One cleaned, non-blank text. Not remembered: every number is another one."""
    display = text.upper() if text.isascii() else text
    comparable = fold(text).upper()
    if not comparable:
        return Value(display, display, PLACEHOLDER)
    if len(text) > LONGEST_TEXT:
        return Value(display, comparable, INVALID)
    return Value(display, comparable, PLACEHOLDER if meaningless("identifier").fits(comparable) else None)

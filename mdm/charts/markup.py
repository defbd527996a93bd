"""HTML and SVG elements from values: whatever is not markup already is escaped where it is put in."""

from __future__ import annotations

import html
import re

_VOID = frozenset({"meta", "br"})
# What no HTML document may hold, and half characters that UTF-8 cannot write.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


class Markup(str):
    """Text that is markup: it is put into other markup as it stands."""

    __slots__ = ()


def escaped(text: object) -> Markup:
    """Any value as text of a document."""
    return Markup(html.escape(_UNWRITABLE.sub("\ufffd", str(text)), quote=True))


def fragment(*children: object) -> Markup:
    """Children one after the other; None is left out, text is escaped."""
    return Markup("".join(c if isinstance(c, Markup) else escaped(c) for c in children if c is not None))


def element(name: str, /, *children: object, **attributes: object) -> Markup:
    """``element("text", "a < b", class_="axis", text_anchor="end", x=1.0)``; attributes that are None are left out."""
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escaped(_number(v) if isinstance(v, float) else v)}"'
        for key, v in attributes.items()
        if v is not None
    )
    if name in _VOID:
        return Markup(f"<{name}{said}>")
    return Markup(f"<{name}{said}>{fragment(*children)}</{name}>")


def _number(value: float) -> str:
    """Coordinates to a tenth of a pixel."""
    return f"{value:.1f}".removesuffix(".0")

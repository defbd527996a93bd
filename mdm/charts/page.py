"""One page in one file: no script, nothing fetched, and a policy that forbids both; light and dark."""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

from mdm.charts.markup import Markup, element, fragment
from mdm.charts.scales import whole
from mdm.errors import MdmError, RefusedInput


@cache
def _style() -> str:
    return files(__package__).joinpath("page.css").read_text(encoding="utf-8")


def page(title: str, *content: object) -> str:
    """The whole document. Its policy allows this one style sheet, by its hash, and nothing else."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    head = fragment(
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("meta", name="robots", content="noindex"),
        element("title", title),
        element("style", Markup(_style())),
    )
    body = element("body", element("main", element("h1", title), *content))
    return f"<!doctype html>\n{element('html', element('head', head), body, lang='en')}\n"


def section(heading: str, *content: object, name: str) -> Markup:
    """A part of the page that ``#name`` leads to."""
    return element(
        "section", element("h2", heading, id=f"{name}-heading"), *content, id=name, aria_labelledby=f"{name}-heading"
    )


def note(*said: object) -> Markup:
    """A paragraph beside the matter: definitions, what is not shown."""
    return element("p", *said, class_="soft")


def value(text: object) -> Markup:
    """A value of a record: its direction of writing does not reach beyond it."""
    return element("bdi", text)


def details(summary: object, *content: object) -> Markup:
    """What opens on request."""
    return element("details", element("summary", summary), *content)


def figure(chart: Markup, numbers: Markup, *, heading: str) -> Markup:
    """A chart, and its numbers as a table on request."""
    scrolling = element("div", chart, class_="scroll", tabindex="0", role="group", aria_label=heading)
    return element("figure", scrolling, details("The numbers as a table", numbers))


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, caption: str) -> Markup:
    """Rows under headings, the first cell of a row naming it. Floats come as shares, to four places.

    A column stands right where it has a number or percentage, or where its heading says bits.
    """
    listed = [tuple(row) for row in rows]
    right = [any(_is_number(row[i]) for row in listed) or "bits" in name for i, name in enumerate(columns)]
    heads = (
        element("th", name, scope="col", class_="n" if n else None) for name, n in zip(columns, right, strict=True)
    )
    body = (element("tr", *(_cell(cell, first=i == 0, right=right[i]) for i, cell in enumerate(row))) for row in listed)
    made = element(
        "table", element("caption", caption), element("thead", element("tr", *heads)), element("tbody", *body)
    )
    return element("div", made, class_="scroll", tabindex="0", role="group", aria_label=caption)


def _is_number(cell: object) -> bool:
    return isinstance(cell, int | float) or (isinstance(cell, str) and cell.endswith("%"))


def _cell(cell: object, *, first: bool, right: bool) -> Markup:
    if isinstance(cell, float):
        said: object = f"{cell:.4f}"
    elif isinstance(cell, int) and not isinstance(cell, bool):
        said = whole(cell)
    else:
        said = "" if cell is None else cell
    class_ = "n" if right else None
    return element("th", said, scope="row", class_=class_) if first else element("td", said, class_=class_)


def checked_place(path: Path) -> Path:
    """``path``, where a page can be put there; RefusedInput where its folder is missing or it is a folder itself."""
    if path.is_dir() or not path.parent.is_dir():
        said = "is a folder; name a file in it" if path.is_dir() else f"the folder {path.parent} does not exist"
        raise RefusedInput(f"{path}: {said}")
    return path


def write_page(path: Path, text: str) -> None:
    """Writes a page, whole or not at all, readable by its owner alone, as it holds personal data.

    RefusedInput as ``checked_place``; MdmError where the machine refuses.
    """
    checked_place(path)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        part.replace(path)
    except OSError as error:
        raise MdmError(f"{path}: could not be written ({type(error).__name__})") from error
    finally:
        part.unlink(missing_ok=True)

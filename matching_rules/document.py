"""Reads a YAML document into a pydantic model and, when it is wrong, says where: ``file:line: what``."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from matching_rules.errors import RuleError

Document = TypeVar("Document", bound=BaseModel)


def load_document(path: Path, shape: type[Document]) -> Document:
    """The document at ``path`` as ``shape``. RuleError with file and line for bad YAML or a bad value."""
    text = path.read_text(encoding="utf-8")
    try:
        tree = yaml.compose(text)
        data = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise RuleError(f"{path}:{line}: not valid YAML: {error.problem}") from None
    try:
        return shape.model_validate(data)
    except ValidationError as error:
        # of the branches of a union, the one that got furthest says what was meant
        first = max(error.errors(), key=lambda e: len(e["loc"]))
        where = ".".join(str(part) for part in first["loc"])
        line = line_of(tree, first["loc"])
        raise RuleError(f"{path}:{line}: {where + ': ' if where else ''}{first['msg']}") from None


def line_in(path: Path, location: tuple[int | str, ...]) -> int:
    """The line (from 1) where ``location`` (keys and positions, outermost first) stands in the document at ``path``."""
    return line_of(yaml.compose(path.read_text(encoding="utf-8")), location)


def line_of(node: yaml.Node | None, location: tuple[int | str, ...]) -> int:
    """The line (from 1) of the deepest key or item on the way to ``location``."""
    line = 1
    for part in location:
        if node is None:
            break
        node, line = _child(node, part, line)
    return line


def _child(node: yaml.Node, part: int | str, line: int) -> tuple[yaml.Node | None, int]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(part):
                return value, key.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part].start_mark.line + 1
    return None, line

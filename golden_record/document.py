"""A YAML document that remembers on which line each value stands; duplicate keys are refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml

from golden_record.model import RuleError

Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Document:
    """Plain values and, for the path of each of them, its line (first line is 1)."""

    file: str
    data: Any
    lines: dict[Place, int]

    def line(self, place: Place) -> int:
        """The line of a place, or of the nearest place around it."""
        for length in range(len(place), -1, -1):
            if place[:length] in self.lines:
                return self.lines[place[:length]]
        return 1


def read_document(text: str, *, file: str) -> Document:
    """Parses YAML text (safe subset). RuleError with file and line when it is not YAML or repeats a key."""
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        lines: dict[Place, int] = {(): 1}
        data = _value(loader, node, place=(), lines=lines, file=file) if node is not None else None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise RuleError(f"{file}:{line}: not YAML: {error.problem}") from error
    finally:
        loader.dispose()
    return Document(file=file, data=data, lines=lines)


def _value(loader: yaml.SafeLoader, node: yaml.Node, *, place: Place, lines: dict[Place, int], file: str) -> Any:
    lines.setdefault(place, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        return [_value(loader, n, place=(*place, i), lines=lines, file=file) for i, n in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            line = key_node.start_mark.line + 1
            if key in result:
                raise RuleError(f"{file}:{line}: key {key!r} stands twice")
            lines[(*place, key)] = line
            result[key] = _value(loader, value_node, place=(*place, key), lines=lines, file=file)
        return result
    return loader.construct_object(node, deep=True)

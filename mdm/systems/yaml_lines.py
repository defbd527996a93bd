"""Reads a YAML file and remembers on which line every key and item stands, so that errors can say file and line."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from mdm.errors import RuleFileError

Location = tuple[str | int, ...]


@dataclass(frozen=True)
class YamlFile:
    """A YAML document: its values, its text, and the line of each location (``("attributes", "email", 0)``)."""

    name: str
    text: str
    data: Any
    lines: Mapping[Location, int]

    def line_of(self, location: Sequence[str | int]) -> int:
        """The line of the deepest part of ``location`` that stands in the file; parts that do not are passed over."""
        here: Location = ()
        for part in location:
            if (*here, part) in self.lines:
                here = (*here, part)
        return self.lines.get(here, 1)

    def error(self, location: Sequence[str | int], reason: str) -> RuleFileError:
        """The error to raise for something wrong at ``location``."""
        return RuleFileError(f"{self.name}:{self.line_of(location)}: {reason}")


class _Loader(yaml.SafeLoader):
    """Safe YAML without its surprises: NO, on and 2020-01-01 stay text; only true and false are flags."""

    yaml_implicit_resolvers = {  # noqa: RUF012  (the shape PyYAML declares)
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":bool", ":timestamp"))]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)


def read_yaml(path: Path) -> YamlFile:
    """Reads one document. RuleFileError (file:line) when it is not YAML, not UTF-8, or says a key twice."""
    try:
        return parse_yaml(path.read_bytes().decode("utf-8-sig"), name=str(path))
    except OSError as error:
        raise RuleFileError(f"{path}:1: the file cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise RuleFileError(f"{path}:1: the file is not UTF-8") from error


def parse_yaml(text: str, *, name: str) -> YamlFile:
    """As ``read_yaml``, from text."""
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        lines: dict[Location, int] = {}
        data = None if node is None else _build(loader, node, (), lines, name)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise RuleFileError(f"{name}:{line}: not YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise RuleFileError(f"{name}:1: not YAML") from error
    finally:
        loader.dispose()
    return YamlFile(name=name, text=text, data=data, lines=lines)


def _build(loader: _Loader, node: yaml.Node, here: Location, lines: dict[Location, int], name: str) -> Any:
    lines.setdefault(here, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        result: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = loader.construct_object(key_node)
            line = key_node.start_mark.line + 1
            if not isinstance(key, str | int):
                raise RuleFileError(f"{name}:{line}: a key must be a plain word")
            if key in result:
                raise RuleFileError(f"{name}:{line}: {key!r} is said twice")
            where = (*here, key)
            lines[where] = line
            result[key] = _build(loader, value_node, where, lines, name)
        return result
    if isinstance(node, yaml.SequenceNode):
        return [_build(loader, item, (*here, i), lines, name) for i, item in enumerate(node.value)]
    return loader.construct_object(node)

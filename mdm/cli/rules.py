"""All rule files read and held against each other: every complaint with file and line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from golden_record.lint import lint
from golden_record.loops import SharedField
from golden_record.rules import ownership_schema
from matching_rules.model import unused_parts
from mdm.errors import RefusedInput
from mdm.model import ATTRIBUTES, EntityType
from mdm.ruleset import RULE_FILES, RuleSet, load_rule_set, stray_overrides
from mdm.systems import Mappings, load_mappings
from mdm.systems.mapping import Expression
from mdm.systems.mapping import Mapping as SystemMapping

if TYPE_CHECKING:
    from mdm.settings import Settings

Loaded = TypeVar("Loaded")


Severity = Literal["error", "warning"]
_PLACE = re.compile(r"(?P<file>[^\n:]+):(?:(?P<line>\d+):)? (?:(?:error|warning): )?(?P<message>.*)", re.S)


@dataclass(frozen=True)
class RuleFinding:
    """One complaint; ``text`` is all of it, ``file`` and ``line`` are null where it is about neither."""

    severity: Severity
    text: str
    file: str | None = None
    line: int | None = None
    message: str = ""

    @classmethod
    def of(cls, severity: Severity, said: str) -> RuleFinding:
        """From ``file:line: message`` or ``file: message``; anything else is about no file."""
        place = _PLACE.fullmatch(said)
        if place is None or not ("/" in place["file"] or place["file"].endswith((".yaml", ".json"))):
            return cls(severity, said, message=said)
        line = int(place["line"]) if place["line"] else None
        return cls(severity, said, place["file"], line, place["message"])


@dataclass(frozen=True)
class RuleCheck:
    """What was found, and what is in force when nothing is wrong."""

    findings: tuple[RuleFinding, ...]
    summary: str

    @property
    def errors(self) -> int:
        """How many findings make a file unusable."""
        return sum(finding.severity == "error" for finding in self.findings)

    @property
    def warnings(self) -> int:
        """How many findings are no more than that."""
        return len(self.findings) - self.errors


def check_rules(settings: Settings) -> RuleCheck:
    """Loads mappings, matching rules, models and ownership, lints ownership against the mappings, and names what lies
    beside them and overrides nothing.
    """
    findings: list[RuleFinding] = []
    mappings = _loaded(lambda: load_mappings(settings), findings)
    findings += [RuleFinding.of("warning", said) for said in strays(settings)]
    if mappings is not None:
        findings += [RuleFinding.of("warning", said) for said in stray_mappings(settings, mappings)]
    rules = _loaded(lambda: load_rule_set(settings), findings)
    if mappings is None or rules is None:
        return RuleCheck(tuple(findings), "")
    found = lint(
        rules.ownership,
        attributes={a.name: frozenset(map(str, a.entity_types)) for a in ATTRIBUTES.values()},
        systems={m.system for m in mappings},
        filled_by=_filled_by(mappings),
        shared_fields=_shared_fields(mappings),
    )
    findings += [RuleFinding(f.severity, str(f), f.file, f.line, f.message) for f in found]
    findings += [RuleFinding.of("warning", said) for said in _said_by_the_store(settings, rules)]
    findings += [
        RuleFinding.of("warning", f"{entity.model_folder}: {said}")
        for entity in rules.entities.values()
        for said in unused_parts(entity.model_folder, entity.model, entity.rules)
    ]
    summary = (
        f"{sum(1 for _ in mappings)} mappings, {len(rules.ownership.rules)} ownership rules, "
        f"models {rules.model_names}, rule set {rules.version}"
    )
    for entity_type, entity in rules.entities.items():
        if entity.model.file.thresholds is not None:
            held = entity.rules.thresholds.hold
            summary += f"; lines of {entity_type}: {entity.rules_file.name if held else entity.model.name}"
    return RuleCheck(tuple(findings), summary)


def schema_text() -> str:
    """The JSON Schema of ownership files, with the canonical names; it stands beside the shipped matrix."""
    schema = ownership_schema(attributes=list(ATTRIBUTES), entity_types=[str(e) for e in EntityType])
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


def _said_by_the_store(settings: Settings, rules: RuleSet) -> Iterator[str]:
    """What only the records can tell, where there is a database: columns that cannot do what the matching rules want
    (as the last look at everything found them), systems that brought nothing, overrides that do nothing."""
    from mdm.errors import DatabaseUnavailable
    from mdm.lookup.overrides import overrides_held
    from mdm.runs import status
    from mdm.store.embedded import state_exists
    from mdm.store.engine import open_store

    if settings.database_url is None and not state_exists(settings):
        return
    try:
        with open_store(settings) as store:
            known, held = status(store), overrides_held(store)
    except DatabaseUnavailable as error:
        yield f"what the records say of the rules was not looked at: {error}"
        return
    yield from known.warnings
    ownership = rules.ownership
    brought = {system.system for system in known.systems if system.records}
    if brought:
        for system in ownership.systems:
            if system not in brought and system not in ownership.retired:
                line = ownership.lines.get(("systems", system), 1)
                yield f"{ownership.file}:{line}: warning: system {system!r} has no live record"
    mastered = {a for r in ownership.rules if r.wins.strategy != "not_mastered" for a in r.attributes}
    for attribute, count in held.by_attribute.items():
        if attribute not in mastered:
            yield f"{ownership.file}:1: warning: {count} overrides of {attribute!r} do nothing: no rule masters it"
    if held.past_expiry:
        yield f"{held.past_expiry} overrides are past their expiry and count no longer (`mdm status`)"


def _shared_fields(mappings: Mappings) -> list[SharedField]:
    """Fields that one attribute is written to and another one is read from, of the same object."""
    return [
        SharedField(mapping.system, mapping.object, written=written, read=read)
        for mapping in mappings
        for written, fields in _written_to(mapping)
        for read, paths in _read_from(mapping)
        if read != written and fields & paths
    ]


def _written_to(mapping: SystemMapping) -> Iterator[tuple[str, set[str]]]:
    writable = mapping.document.writable
    for attribute, place in writable.fields.items() if writable else ():
        yield attribute, {place} if isinstance(place, str) else set(place.values())


def _read_from(mapping: SystemMapping) -> Iterator[tuple[str, set[str]]]:
    for attribute, items in mapping.document.attributes.items():
        yield attribute, {p for item in items for e in item.fields.values() for p in _paths(e)}


def _paths(expression: Expression) -> Iterator[str]:
    if expression.path is not None:
        yield expression.path if isinstance(expression.path, str) else ".".join(expression.path)
    for part in (*(expression.first_of or ()), *(expression.join or ())):
        yield from _paths(part)


def strays(settings: Settings) -> list[str]:
    """One line for each file below ``rules`` and ``models`` of the home that takes no file's place."""
    known = f"a rule file is called {', '.join(RULE_FILES)}; a model is a folder TYPE-NAME with a model.json"
    return [f"{path}: overrides nothing and is not read ({known})" for path in stray_overrides(settings)]


def stray_mappings(settings: Settings, mappings: Mappings) -> list[str]:
    """One line for each file below ``mappings`` of the home that was not read as one."""
    folder = settings.home / "mappings"
    read = {Path(mapping.file) for mapping in mappings}
    there = sorted(folder.iterdir()) if folder.is_dir() else []
    return [
        f"{path}: overrides nothing and is not read (a mapping is a file *.yaml)"
        for path in there
        if path not in read and not path.name.startswith(".")
    ]


def _loaded(load: Callable[[], Loaded], findings: list[RuleFinding]) -> Loaded | None:
    try:
        return load()
    except RefusedInput as error:
        findings += [RuleFinding.of("error", said) for said in str(error).splitlines()]
        return None


def _filled_by(mappings: Mappings) -> Mapping[str, frozenset[str]]:
    filled: dict[str, set[str]] = {}
    for mapping in mappings:
        for attribute in mapping.document.attributes:
            filled.setdefault(attribute, set()).add(mapping.system)
    return {attribute: frozenset(systems) for attribute, systems in filled.items()}

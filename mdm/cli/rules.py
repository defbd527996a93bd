"""All rule files read and held against each other: every complaint with file and line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from golden_record.lint import lint
from matching_rules.model import unused_parts
from mdm.errors import RefusedInput
from mdm.model import ATTRIBUTES
from mdm.ruleset import RULE_FILES, load_rule_set, stray_overrides
from mdm.systems import Mappings, load_mappings

if TYPE_CHECKING:
    from mdm.settings import Settings

Loaded = TypeVar("Loaded")


@dataclass(frozen=True)
class RuleFinding:
    """One complaint; ``text`` begins with ``file:line:`` where a line is known."""

    severity: Literal["error", "warning"]
    text: str


@dataclass(frozen=True)
class RuleCheck:
    """What was found, and what is in force when nothing is wrong."""

    findings: tuple[RuleFinding, ...]
    summary: str

    @property
    def errors(self) -> int:
        """How many findings make a file unusable."""
        return sum(finding.severity == "error" for finding in self.findings)


def check_rules(settings: Settings) -> RuleCheck:
    """Loads mappings, matching rules, models and ownership, lints ownership against the mappings, and names what lies
    beside them and overrides nothing.
    """
    findings: list[RuleFinding] = []
    mappings = _loaded(lambda: load_mappings(settings), findings)
    findings += [RuleFinding("warning", said) for said in strays(settings)]
    if mappings is not None:
        findings += [RuleFinding("warning", said) for said in stray_mappings(settings, mappings)]
    rules = _loaded(lambda: load_rule_set(settings), findings)
    if mappings is None or rules is None:
        return RuleCheck(tuple(findings), "")
    found = lint(
        rules.ownership,
        attributes={a.name: frozenset(map(str, a.entity_types)) for a in ATTRIBUTES.values()},
        systems={m.system for m in mappings},
        filled_by=_filled_by(mappings),
    )
    findings += [RuleFinding(finding.severity, str(finding)) for finding in found]
    findings += [
        RuleFinding("warning", f"{entity.model_folder}: {said}")
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
        findings.append(RuleFinding("error", str(error)))
        return None


def _filled_by(mappings: Mappings) -> Mapping[str, frozenset[str]]:
    filled: dict[str, set[str]] = {}
    for mapping in mappings:
        for attribute in mapping.document.attributes:
            filled.setdefault(attribute, set()).add(mapping.system)
    return {attribute: frozenset(systems) for attribute, systems in filled.items()}

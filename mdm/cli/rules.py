"""All rule files read and held against each other: every complaint with file and line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeVar

from golden_record.lint import lint
from mdm.errors import RefusedInput
from mdm.model import ATTRIBUTES
from mdm.ruleset import load_rule_set
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
    """Loads mappings, matching rules, models and ownership, then lints ownership against the mappings."""
    findings: list[RuleFinding] = []
    mappings = _loaded(lambda: load_mappings(settings), findings)
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
    summary = (
        f"{sum(1 for _ in mappings)} mappings, {len(rules.ownership.rules)} ownership rules, "
        f"models {rules.model_names}, rule set {rules.version}"
    )
    return RuleCheck(tuple(findings), summary)


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

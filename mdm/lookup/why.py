"""Why a golden value is what it is: winner, supporters and losers in order, the rule, and every time it has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from golden_record.model import Rule
from mdm.errors import NotFound, RefusedInput
from mdm.lookup.forms import Form, Place, forms_of
from mdm.lookup.judge import Ranked
from mdm.lookup.show import show
from mdm.model import ATTRIBUTES, EntityType, GoldenId
from mdm.ruleset import load_golden_rules
from mdm.settings import Settings
from mdm.statements import statement
from mdm.store.engine import Store

_Entry = Mapping[str, Any]


@dataclass(frozen=True)
class RuleView:
    """A rule of the ownership file in words. ``when``: for which customers it speaks, None for all."""

    file: str
    line: int
    strategy: str
    systems: tuple[str, ...]
    receives: tuple[str, ...]
    never_written: tuple[str, ...]
    review: str
    when: str | None
    group: str | None


@dataclass(frozen=True)
class WhyItem:
    """One surviving value. ``mastered``: since when the golden record has it without a break; ``behind``: what else was
    asserted for it, supporters among losers, in the order of the ranking."""

    winner: Ranked
    mastered: datetime
    behind: tuple[Ranked, ...]


@dataclass(frozen=True)
class Why:
    """One attribute of a golden record as published in ``version``, first made so by ``rule_set``.

    ``rules``: those in force that own it, first to last. ``unused``: values of which nothing survived (marked, or of a
    system that may not assert).
    """

    golden_id: GoldenId
    attribute: str
    entity_type: EntityType
    version: int
    valid_from: datetime
    rule_set: str
    rules: tuple[RuleView, ...]
    items: tuple[WhyItem, ...]
    unused: tuple[Ranked, ...]


def why(store: Store, settings: Settings, key: str, attribute: str) -> Why:
    """Why the customer of ``key`` has the values it has for an attribute, as last published.

    A look-up: the ranking is the stored lineage, values and times come from the record versions it names. NotFound as
    ``show`` says it, or where nobody asserts the attribute; RefusedInput where there is no such attribute.
    """
    if attribute not in ATTRIBUTES:
        raise RefusedInput(f"no attribute is called {attribute!r}; there are {', '.join(ATTRIBUTES)}")
    customer = show(store, key)
    ownership = load_golden_rules(settings).ownership
    owners = ownership.rules_for(attribute=attribute, entity_type=customer.entity_type)
    with store.begin() as connection:
        (golden,) = _rows(connection, "golden", golden_id=customer.golden_id)
        entries: Sequence[_Entry] = golden["lineage"].get(attribute, ())
        if not entries:
            known = ", ".join(sorted(golden["lineage"]))
            raise NotFound(f"no record of {customer.golden_id} says anything of {attribute!r}; there is {known}")
        versions = _rows(connection, "mastered", golden_id=customer.golden_id, attribute=attribute)
        forms = forms_of(connection, settings, _places(entries), now=datetime.now(UTC))
    ranking = _Ranking(attribute, golden["values"].get(attribute), forms, owners[0].line if owners else 1)
    return Why(
        golden_id=customer.golden_id,
        attribute=attribute,
        entity_type=customer.entity_type,
        version=golden["version"],
        valid_from=golden["valid_from"],
        rule_set=golden["rule_set"],
        rules=tuple(_rule(rule, ownership.file) for rule in owners),
        items=tuple(ranking.item(entry, versions) for entry in entries if "winner" in entry),
        unused=tuple(r for entry in entries if "winner" not in entry for r in ranking.behind(entry)),
    )


def _rows(connection: sa.Connection, name: str, **params: Any) -> list[dict[str, Any]]:
    text = sa.text(statement("mdm.lookup", name))
    return [dict(row) for row in connection.execute(text, params).mappings()]


def _places(entries: Iterable[_Entry]) -> Iterable[Place]:
    for entry in entries:
        winner = [entry["winner"]] if isinstance(entry.get("winner"), list) else []
        yield from ((p[0], p[1]) for p in (*winner, *entry.get("supported_by", ()), *entry.get("losers", ())))


class _Ranking:
    """Reads the lineage of one attribute (see ``golden_record/sql/golden.sql``) with the record versions at hand."""

    def __init__(self, attribute: str, golden: Any, forms: Mapping[Place, Form], line: int) -> None:
        self._attribute, self._golden, self._forms, self._line = attribute, golden, forms, line

    def item(self, entry: _Entry, versions: list[dict[str, Any]]) -> WhyItem:
        number = entry["item"]
        value = self._golden[number] if isinstance(self._golden, list) else self._golden
        winner = entry["winner"]
        if isinstance(winner, list):
            found = self._ranked(winner, outcome="wins", reason=entry["rule"], item=number)
        else:
            found = Ranked(
                self._attribute, number, "wins", value, entry["rule"], None, None, None, None, self._line,
                override=entry["override"],
            )  # fmt: skip
        return WhyItem(
            winner=replace(found, value=value), mastered=_since(value, versions), behind=tuple(self.behind(entry))
        )

    def behind(self, entry: _Entry) -> list[Ranked]:
        """Supporters and losers; the lineage has each of them in the order of the ranking."""
        item = entry.get("item")
        supporters = [
            self._ranked(place, outcome="supports", reason=None, item=item) for place in entry.get("supported_by", ())
        ]
        losers = [
            self._ranked(place[:3], outcome="loses", reason=place[3], item=item) for place in entry.get("losers", ())
        ]
        return supporters + losers

    def _ranked(self, place: Sequence[int], *, outcome: str, reason: str | None, item: int | None) -> Ranked:
        form = self._forms[place[0], place[1]]
        return Ranked(
            attribute=self._attribute,
            item=item,
            outcome=outcome,
            value=form.value(self._attribute, place[2]),
            reason=reason,
            record=form.record,
            version=form.version,
            asserted=form.source_time,
            received=form.received_time,
            line=self._line,
        )


def _since(value: Any, versions: list[dict[str, Any]]) -> datetime:
    """The first moment of the unbroken run of versions, newest first, that hold the value."""
    since: datetime = versions[0]["valid_from"]
    for row in versions:
        held = row["value"]
        if value != held and not (isinstance(held, list) and value in held):
            break
        since = row["valid_from"]
    return since


def _rule(rule: Rule, file: str) -> RuleView:
    return RuleView(
        file=file,
        line=rule.line,
        strategy=rule.wins.words,
        systems=rule.wins.systems or tuple(system for system, _ in rule.wins.trust),
        receives=tuple(map(str, rule.receives)),
        never_written=tuple(map(str, rule.never_written)),
        review=rule.review,
        when=None if rule.when is None else str(rule.when),
        group=rule.group,
    )

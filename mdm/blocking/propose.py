"""Proposals for better blocking rules, from the records and customers there are."""

from __future__ import annotations

from collections.abc import Callable

from matching_rules.block import leave_out_noise, leave_out_noise_keys, make_pairs, register_limits
from matching_rules.coverage import as_bits, pairs_by_rules
from matching_rules.proposals import propose_rules
from mdm.blocking.load import Loaded, loaded
from mdm.blocking.view import EntityProposals, IdleRule, ProposalView
from mdm.model import EntityType
from mdm.ruleset import load_rule_set
from mdm.settings import Settings
from mdm.store.engine import Store

Tell = Callable[[str, int, int], None]
# Matches below which that none depends on a rule says nothing about it.
_FEWEST = 200


def propose(store: Store, settings: Settings, *, tell: Tell | None = None) -> tuple[EntityProposals, ...]:
    """Proposals for each entity type. Nothing is changed; the same records give the same answer."""
    answers = []
    for entity_type, entity in load_rule_set(settings).entities.items():
        with loaded(store, settings, entity_type=entity_type, rules=entity.rules) as found:
            answers.append(_propose(entity_type, found, tell))
    return tuple(answers)


def _propose(entity_type: EntityType, found: Loaded, tell: Tell | None) -> EntityProposals:
    rules, duck = found.rules, found.duck
    idle = tuple(_idle(found))
    leave_out_noise(duck, rules=rules, records="record")
    register_limits(duck, rules=rules)
    leave_out_noise_keys(duck, rules=rules, keys="blocking_key")
    make_pairs(
        duck,
        keys="blocking_key",
        into="candidate",
        guards=rules.guards,
        records=found.records,
        at_most=found.largest,
    )

    def advance(done: int, total: int) -> None:
        if tell is not None:
            tell(f"keys for {entity_type}", done, total)

    proposed = propose_rules(duck, rules=rules, matches=found.matches, estimate=found.estimate, advance=advance)
    return EntityProposals(
        entity_type=entity_type.value,
        records=found.records,
        matches=len(found.matches),
        missed=None if found.estimate.missed is None else round(found.estimate.missed, 1),
        tried=proposed.tried,
        measured=proposed.measured,
        proposals=tuple(
            ProposalView(
                line=p.line,
                new_matches=p.new_matches,
                expected=p.expected,
                new_pairs=p.new_pairs,
                largest=p.largest,
                skipped_keys=p.skipped_keys,
            )
            for p in proposed.proposals
        ),
        idle=idle,
    )


def _idle(found: Loaded) -> list[IdleRule]:
    """Rules on which no match depends, though pairs are compared for them."""
    if len(found.matches) < _FEWEST:
        return []
    used = as_bits(found.matches.used, len(found.rules.blocking))
    alone = used[used.sum(axis=1) == 1].sum(axis=0)
    masks = pairs_by_rules(found.duck, keys="blocking_key")
    return [
        IdleRule(rule=rule.name, only_pairs=masks[1 << number])
        for number, rule in enumerate(found.rules.blocking)
        if alone[number] == 0 and masks.get(1 << number, 0) > 0
    ]

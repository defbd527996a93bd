"""Whether a file lists people or organisations: by what its columns are called, and by what its names look like."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mdm.model import EntityType
from mdm.systems.headings import Words

_PEOPLE = frozenset({"given_name", "family_name", "former_name", "date_of_birth", "gender"})
_PRIVATE = frozenset({"date_of_birth", "gender", "former_name"})
_COMPANIES = frozenset({"legal_name", "trading_name", "website", "registration_number"})
_REGISTERED = frozenset({"registration_number", "tax_number"})
_NAMES = ("full_name", "name", "legal_name", "trading_name")
_LONGEST_NAME = 4  # words of a person's name
_FEWEST = 5  # names; of fewer nothing is concluded
_MANY, _MOST = 0.15, 0.5


@dataclass(frozen=True)
class NameShares:
    """Of the distinct names of a column: the share that looks like people's, and like organisations'."""

    people: float
    organisations: float
    names: int

    @property
    def tell(self) -> bool:
        """Whether there are enough to conclude anything."""
        return self.names >= _FEWEST

    def __str__(self) -> str:
        return (
            f"{self.organisations:.0%} of the names hold a word of organisations, a legal form or a number,"
            f" {self.people:.0%} a known first name"
        )


def name_shares(values: Iterable[str], words: Words) -> NameShares:
    """Counts distinct names; one with a word of organisations, a legal form, a digit or an & is nobody's."""
    # only a proposal needs the standardiser; not every command that reads a mapping is to load it
    from mdm.standardise.given_names import known_given_name  # noqa: PLC0415
    from mdm.standardise.organisations import standardise_organisation  # noqa: PLC0415

    distinct = list(dict.fromkeys(values))
    people = organisations = 0
    for text in distinct:
        tokens = words.plain(text)
        said = standardise_organisation(text[:200])
        if (
            said.legal_form
            or "&" in text
            or any(map(str.isdigit, text))
            or words.organisation_words & {*tokens, *said.tokens}
        ):
            organisations += 1
        elif tokens and len(tokens) <= _LONGEST_NAME and any(known_given_name((t,))[0] for t in tokens):
            people += 1
    total = len(distinct)
    return NameShares(people / total, organisations / total, total) if total else NameShares(0, 0, 0)


def entity_type_of(
    targets: Mapping[str, str], columns: Mapping[str, Sequence[str]], words: Words
) -> tuple[EntityType, str]:
    """The entity type and why. ``targets``: column -> what it holds, of the columns most rows have."""
    held = set(targets.values())
    company, person = held & _COMPANIES, held & _PEOPLE
    is_contact = "legal_name" in held and held & _REGISTERED and not held & _PRIVATE
    if person and not is_contact:
        return EntityType.PERSON, f"Columns only people have: {_listed(targets, person)}."
    column, shares = _whose_names(targets, columns, words)
    looks = f" {column!r}: {shares}." if shares.tell else ""
    if company:
        is_people = shares.tell and shares.people >= _MOST > shares.organisations and not held & _REGISTERED
        if not is_people:
            return EntityType.ORGANISATION, f"Columns of companies: {_listed(targets, company)}.{looks}"
    elif shares.tell and shares.organisations >= max(_MANY, shares.people):
        return EntityType.ORGANISATION, f"No column only people have.{looks}"
    return EntityType.PERSON, looks.strip() or "Nothing tells of organisations."


def _whose_names(
    targets: Mapping[str, str], columns: Mapping[str, Sequence[str]], words: Words
) -> tuple[str, NameShares]:
    """The first column of whole names, and what its values look like."""
    for wanted in _NAMES:
        for column, target in targets.items():
            if target == wanted:
                return column, name_shares(columns[column], words)
    return "", NameShares(0, 0, 0)


def _listed(targets: Mapping[str, str], wanted: set[str]) -> str:
    return ", ".join(column for column, target in targets.items() if target in wanted)

"""Night after night of small changes ends where looks at everything end.

A history is drawn: records arrive, change, are deleted and come back, stewards link, unlink and revoke. Blocks and
shared values have low limits, so that keys become hot and cool down. One hub lives through it a night at a time.

Under rules without a gap between the lines (keep = match = merge) nothing depends on who was together before: another
hub learns only how it ended, looks at everything at once, and must hold the same. Under lines as they are shipped, a
twin born each evening looks at everything that night and must hold the same, under the same lasting ids; and what one
look at the end finds otherwise is what the same evidence comes to when nobody is together yet: the gap, and nothing
else. What was noise once stays noise, so the hub that learns the end is told what was.

``MDM_HISTORIES=60 pytest ...`` draws more of them, ``MDM_HISTORIES=100:160`` others.
"""

from __future__ import annotations

import os
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path
from pprint import pformat
from typing import Any, NamedTuple

import pytest
from sqlalchemy.dialects.postgresql import insert

import matching_rules
from matching_rules.cluster import cluster
from mdm.lookup.explain import _look_around
from mdm.model import EntityType
from mdm.ruleset import load_rule_set
from mdm.store.bridge import open_duckdb
from mdm.store.tables import shared_value

Row = dict[str, str]
LINE = 0.5
ASKED = -6  # low, so that there are many questions
LARGEST_BLOCK, SHARED_BY = 6, 5  # low, so that they are crossed
HISTORIES = 1
CLANS = 6


@dataclass(frozen=True)
class Sent:
    """A system sends a record: new, changed, deleted (no row: as it was) or back again."""

    key: str
    row: Row | None


@dataclass(frozen=True)
class Decided:
    """A steward says of two records that they are one customer (must_link) or are not (cannot_link)."""

    number: int
    kind: str
    a: str
    b: str


@dataclass(frozen=True)
class Revoked:
    """The steward takes the decision of this number back."""

    number: int


Night = Sequence[Sent | Decided | Revoked]


# ---- who there is ----------------------------------------------------------------------------------------------------


class Person(NamedTuple):
    """What records of one person may say; of each the first is the most usual."""

    given: tuple[str, ...]
    family: tuple[str, ...]
    emails: tuple[str, ...]
    phones: tuple[str, ...]
    homes: tuple[str, ...]
    births: tuple[str, ...]
    suffix: str = ""


MILL = "48 Millrace Lane|Tumwater|WA|98501"
FORD = "7 Ferry Ford Road|Bozeman|MT|59715"
OLDE = "1210 Sorrel Court, Apt 5|Bozeman|MT|59718"
HILL = "310 Kestrel Hill Drive|Yarmouth|ME|04096"
SHARED, HOUSE = "brannock.home@fastmail.com", "+1 360 943 2142"

PEOPLE = (
    # twins, their mother, one mailbox and one phone
    Person(("Maureen", "M.", "Maureen A"), ("Brannock", "Branock"), (SHARED, "maureen.brannock@gmail.com"),
           (HOUSE, "360-943-2177"), (MILL,), ("1961-04-12", "1961-12-04")),
    Person(("Aoife", "A."), ("Brannock",), (SHARED, "aoife.b@outlook.com"), (HOUSE, "360-943-2188"), (MILL,),
           ("1990-08-03", "1990-03-08")),
    Person(("Niamh", "N.", "Neeve"), ("Brannock",), (SHARED, "niamh.brannock@gmail.com"), (HOUSE,), (MILL,),
           ("1990-08-03", "1990-08-08")),
    # father and son of one name, and the initial that may be either
    Person(("Jonathan", "J.", "Jon"), ("Quillfeather",), ("jquillfeather@gmail.com", "jon.q@yahoo.com"),
           ("406 587 3111",), (FORD,), ("1955-02-20",), "Sr."),
    Person(("Jonathan", "J.", "Johnny"), ("Quillfeather", "Quilfeather"), ("johnny.quill@yahoo.com",
           "jquillfeather@gmail.com"), ("406 587 3111", "406 587 3112"), (FORD, OLDE), ("1984-02-20", "1984-02-02"),
           "Jr."),
    Person(("Joan", "J.", "Joanie"), ("Quillfeather",), ("joan.quillfeather@gmail.com", "jquillfeather@gmail.com"),
           ("406 587 3111",), (FORD,), ("1957-06-30",)),
    # moved and married
    Person(("Katarzyna", "Kasia", "K."), ("Zabrowski", "Tillery", "Tillery-Zabrowski"), ("kasia.zab@proton.me",
           "k.tillery@gmail.com"), ("207 846 4133", "406 587 3155"), (HILL, OLDE), ("1979-11-09", "1979-09-11")),
    Person(("Tomasz", "Tom", "T."), ("Zabrowski",), ("kasia.zab@proton.me", "tzabrowski@gmail.com"),
           ("207 846 4133",), (HILL,), ("1977-05-21",)),
    # look-alikes who have nothing to do with each other
    Person(("Rosalind", "Roz", "R."), ("Oduyemi", "Oduyami"), ("rosalind.oduyemi@gmail.com",), ("360 943 2160",),
           ("9 Larch Street|Tumwater|WA|98501",), ("1988-01-17",)),
    Person(("Rosalind", "Rosalyn", "R."), ("Oduyemi",), ("rosalind.oduyemi@yahoo.com",), ("360 943 2161",),
           ("77 Larch Street|Tumwater|WA|98501", "9 Larch Street|Tumwater|WA|98501"), ("1988-07-17", "1988-01-17")),
)  # fmt: skip


class Firm(NamedTuple):
    """What records of one firm may say."""

    names: tuple[str, ...]
    sites: tuple[str, ...]
    phones: tuple[str, ...]
    homes: tuple[str, ...]
    parents: tuple[str, ...] = ("",)


QUAY = "500 Harbor Quay|Portland|ME|04101"
FIRMS = (
    Firm(("Velmarine Holding LLC", "Velmarine Holding", "Velmarine"), ("velmarine.com",), ("207 846 4190",), (QUAY,)),
    Firm(("Velmarine Logistics Inc", "Velmarine Logistics", "Velmarine"), ("velmarine.com", "velmarine-logistics.com"),
         ("207 846 4190", "207 846 4191"), (QUAY, "12 Dock Street|Portland|ME|04101"), ("", "001V00", "001V01")),
)  # fmt: skip

ACCOUNT = ("Id", "IsDeleted", "Name", "ParentId", "Phone", "Website", "BillingStreet", "BillingCity", "BillingState",
           "BillingPostalCode", "BillingCountry", "SystemModstamp")  # fmt: skip
ENDINGS = ("", "son", "by", "ley", "ton", "ham", "worth", "stead")


def of_clan(number: int, who: Any) -> Any:
    """The same people or firms again under like names, some houses on; people born on the same days."""

    def named(text: str) -> str:
        return re.sub(r"\b(Bran|Quil|Zab|Til|Odu|Velmarine)\w*", rf"\g<0>{ENDINGS[number]}", text)

    def on_line(text: str) -> str:
        place = "@" if "@" in text else "."
        return text.replace(place, f"{number or ''}{place}", 1)

    def dialled(text: str) -> str:
        return f"{text[:-2]}{(int(text[-2:]) + 3 * number) % 100:02}"

    def housed(text: str) -> str:
        return re.sub(r"^\d+", lambda house: str(int(house[0]) + 4 * number), text)

    def owned(text: str) -> str:
        return text.replace("001V", f"001V{number}")

    told = {"family": named, "names": named, "emails": on_line, "sites": on_line, "phones": dialled, "homes": housed,
            "parents": owned}  # fmt: skip
    return who._replace(**{f: tuple(map(told[f], getattr(who, f))) for f in who._fields if f in told})


CLAN_PEOPLE = {f"{c}{n}": of_clan(c, p) for c in range(CLANS) for n, p in enumerate(PEOPLE)}
CLAN_FIRMS = {f"{c}{n}": of_clan(c, f) for c in range(CLANS) for n, f in enumerate(FIRMS)}
CONTACTS: dict[str, Person] = {f"salesforce/Contact/003P{n}{c}": p for n, p in CLAN_PEOPLE.items() for c in "ab"}
MEMBERS: dict[str, Person] = {f"loyalty/Member/L9{n}{c}": p for n, p in CLAN_PEOPLE.items() for c in "1"}
ACCOUNTS: dict[str, Firm] = {f"salesforce/Account/001V{n}{c}": f for n, f in CLAN_FIRMS.items() for c in "01"}
PERSON_KEYS, FIRM_KEYS = [*CONTACTS, *MEMBERS], [*ACCOUNTS]


# ---- what happens to them --------------------------------------------------------------------------------------------


class Draw(random.Random):
    """Draws what is said of somebody."""

    def one_of(self, values: Sequence[str], *, blank: float) -> str:
        if self.random() < blank:
            return ""
        return values[0] if self.random() < 0.5 else self.choice(values)

    def row(self, key: str) -> Row:
        """One version of a record."""
        identifier = key.rsplit("/", 1)[1]
        if key in ACCOUNTS:
            return self._account(identifier, ACCOUNTS[key])
        person = CONTACTS.get(key) or MEMBERS[key]
        given, family = self.one_of(person.given, blank=0.05), self.one_of(person.family, blank=0)
        email, phone = self.one_of(person.emails, blank=0.35), self.one_of(person.phones, blank=0.35)
        birth = self.one_of(person.births, blank=0.4)
        street, city, state, postcode = (self.one_of(person.homes, blank=0.3) or "|||").split("|")
        if key in MEMBERS:
            return {
                "member_id": identifier, "card_number": f"770{identifier[1:]}", "first_name": given,
                "last_name": family, "email": email, "mobile": phone, "birth_date": birth, "postal_code": postcode,
                "city": city, "state": state,
            }  # fmt: skip
        card = [k for k, p in MEMBERS.items() if p is person]
        return {
            "Id": identifier, "FirstName": given, "LastName": family, "Email": email, "MobilePhone": phone,
            "Suffix": self.one_of((person.suffix,), blank=0.5), "MailingStreet": street, "MailingCity": city,
            "MailingState": state, "MailingPostalCode": postcode, "MailingCountry": "United States" if city else "",
            "Birthdate": birth, "Loyalty_Number__c": self.one_of([f"770{card[0][-3:]}"], blank=0.85),
        }  # fmt: skip

    def _account(self, identifier: str, firm: Firm) -> Row:
        street, city, state, postcode = (self.one_of(firm.homes, blank=0.2) or "|||").split("|")
        parent = self.one_of(firm.parents, blank=0)
        return {
            "Id": identifier, "Name": self.one_of(firm.names, blank=0), "ParentId": parent,
            "Phone": self.one_of(firm.phones, blank=0.3), "Website": self.one_of(firm.sites, blank=0.3),
            "BillingStreet": street, "BillingCity": city, "BillingState": state, "BillingPostalCode": postcode,
            "BillingCountry": "United States",
        }  # fmt: skip


def draw_history(seed: int) -> list[Night]:
    """A first night with half of all records, then three or four with a few events for each clan."""
    draw = Draw(seed)
    known = [k for k in [*PERSON_KEYS, *FIRM_KEYS] if draw.random() < 0.5]
    nights: list[Night] = [[Sent(k, draw.row(k)) for k in known]]
    standing: list[int] = []
    decided = 0
    for _ in range(draw.randint(3, 4)):
        night: list[Sent | Decided | Revoked] = []
        for _ in range(draw.randint(CLANS, 5 * CLANS)):
            what = draw.random()
            if what < 0.55:
                key = draw.choice([*PERSON_KEYS, *FIRM_KEYS])
                night.append(Sent(key, draw.row(key)))
            elif what < 0.75:
                night.append(Sent(draw.choice([k for k in [*PERSON_KEYS, *FIRM_KEYS] if k not in MEMBERS]), None))
            elif what < 0.92 or not standing:
                a, b = draw.sample(PERSON_KEYS if draw.random() < 0.85 else FIRM_KEYS, 2)
                if draw.random() < 0.8 and a in CONTACTS:  # more often about neighbours than about strangers
                    b = draw.choice([k for k in PERSON_KEYS if k != a and _close(a, k)])
                night.append(Decided(decided, draw.choice(("must_link", "cannot_link")), a, b))
                standing.append(decided)
                decided += 1
            else:
                night.append(Revoked(standing.pop(draw.randrange(len(standing)))))
        nights.append(night)
    return nights


def _close(one: str, other: str) -> bool:
    """Of one clan, and next to each other in it."""
    return one[-3] == other[-3] and abs(int(one[-2]) - int(other[-2])) <= 1


# ---- hubs live through it --------------------------------------------------------------------------------------------


def write_rules(hub: Any, **lines: float) -> None:
    """Rules of the hub's own, with other lines and low limits."""
    said = {r"largest_block: \d+": LARGEST_BLOCK, r"shared_value_limit: \d+": SHARED_BY}
    said |= {rf"^  {line}: .*$": value for line, value in lines.items()}
    folder = hub.settings.home / "rules"
    folder.mkdir(exist_ok=True)
    for name in ("person.yaml", "organisation.yaml"):
        text = (Path(matching_rules.__file__).parent / name).read_text()
        for place, value in said.items():
            text, found = re.subn(place, lambda m, v=value: f"{m[0].split(':')[0]}: {v}", text, flags=re.MULTILINE)
            assert found
        if "match" in lines:  # one line is wanted, wherever the population would have it
            text = re.sub(r"^  match_down_to: .*\n", "", text, flags=re.MULTILINE)
        (folder / name).write_text(text)


@pytest.fixture
def rules_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading the rules takes half of a small night: they are read again only where a file of theirs is another."""
    read: dict[tuple[bytes, ...], Any] = {}

    def load(settings: Any) -> Any:
        files = tuple(path.read_bytes() for path in sorted((settings.home / "rules").glob("*.yaml")))
        if files not in read:
            read[files] = load_rule_set(settings)
        return read[files]

    monkeypatch.setattr("mdm.runs.nightly.load_rule_set", load)


@pytest.fixture(scope="session")
def without_gap(make_template: Callable[..., Any], loaded: Any) -> Any:
    """Generated customers after their first night, under rules without a gap between the lines."""

    def work(hub: Any) -> None:
        write_rules(hub, potential_match=ASKED, keep=LINE, match=LINE, merge=LINE)
        hub.nightly()

    return make_template("strangers_without_gap", work, loaded)


@pytest.fixture(scope="session")
def with_gap(make_template: Callable[..., Any], loaded: Any) -> Any:
    """The same under the lines that are shipped, but for the one from which on a steward is asked."""

    def work(hub: Any) -> None:
        write_rules(hub, potential_match=ASKED)
        hub.nightly()

    return make_template("strangers_with_gap", work, loaded)


class Told:
    """A hub that is told a history, or its end."""

    def __init__(self, hub: Any) -> None:
        self.hub = hub
        self.rows: dict[str, Row] = {}
        self.decisions: dict[int, tuple[Decided, int, Any]] = {}

    def take(self, rows: Mapping[str, Row], now: Any) -> None:
        """Takes in rows, whatever their kind."""
        accounts, contacts, members = (
            [_quoted(row) for key, row in rows.items() if key.startswith(kind)]
            for kind in ("salesforce/Account", "salesforce/Contact", "loyalty/Member")
        )
        if accounts:
            text = [",".join(ACCOUNT), *(",".join(row.get(c, "") for c in ACCOUNT) for row in accounts)]
            self.hub.take("\n".join(text) + "\n", "salesforce/Account", now=now)
        if contacts:
            self.hub.contacts(*contacts, now=now)
        if members:
            self.hub.members(*members, now=now)

    def live_through(self, number: int, night: Night) -> set[str]:
        """What happened before a night's run; answers the records it happened to. What cannot happen does not."""
        now = self.hub.day(number)
        clock = now.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        arriving: dict[str, Row] = {}
        for event in night:
            if isinstance(event, Sent):
                if event.row is None and event.key not in self.rows:
                    continue
                said = event.row or {**self.rows[event.key], "IsDeleted": "true"}
                stamped = {"IsDeleted": "false", **said, "SystemModstamp": clock, "updated_at": clock}
                arriving[event.key] = self.rows[event.key] = stamped
        self.take(arriving, now)
        concerned = set(arriving)
        for event in night:
            if isinstance(event, Decided) and event.a in self.rows and event.b in self.rows:
                self.decide(event, number)
                concerned |= {event.a, event.b}
            elif isinstance(event, Revoked) and event.number in self.decisions:
                decision, _, identifier = self.decisions.pop(event.number)
                self.hub.revoke(identifier, now=now)
                concerned |= {decision.a, decision.b}
        return concerned

    def twin(self, another_hub: Callable[..., Any]) -> Told:
        """Another hub that holds what this one holds, ids and all."""
        self.hub.store.engine.dispose()
        name = self.hub.settings.database_url.get_secret_value().rsplit("/", 1)[1].split("?")[0]
        born = Told(another_hub(name, self.hub.settings.home))
        born.rows, born.decisions = dict(self.rows), dict(self.decisions)
        return born

    def decide(self, event: Decided, number: int) -> None:
        """A steward decides on the day of this number."""
        made = self.hub.constrain(event.kind, event.a, event.b, now=self.hub.day(number))
        self.decisions[event.number] = (event, number, made)


def _quoted(row: Row) -> Row:
    return {c: f'"{v}"' if "," in v else v for c, v in row.items()}


def outcome(hub: Any) -> dict[str, Any]:
    """What a hub holds, told without ids and times."""
    keys, ids = hub.keys(), hub.golden_ids()
    members: dict[Any, tuple[str, ...]] = {}
    for key, golden in sorted(ids.items()):
        members[golden] = (*members.get(golden, ()), key)
    group = {key: members[golden] for key, golden in ids.items()}

    def about(reason: str, records: Iterable[int], detail: Mapping[str, Any], *said: float) -> tuple[Any, ...]:
        # A question about a pair is one about two customers, and keeps the reason it was asked for first: which of
        # their pairs is shown (of those that weigh the same), and whether both were new, is of no interest.
        if reason in ("potential_match", "potential_duplicate", "broken_cluster"):
            return "pair", tuple(sorted({group.get(keys[r], (keys[r],)) for r in records})), *said, detail["guard"]
        return reason, tuple(sorted(keys[r] for r in records)), *said, repr(detail)

    assert hub.value("SELECT count(*) FROM mdm.hot_key WHERE lost_carrier") == 0
    return {
        "customers": hub.partition(),
        "live": hub.live() - set(ids),
        "cross-references": {
            keys[r]: (grade, reason, weight)
            for r, grade, reason, weight in hub.rows(
                "SELECT record_id, grade, reason, round(match_weight::numeric, 6) FROM mdm.cross_reference"
                " WHERE until IS NULL"
            )
        },
        "golden records": {
            members[g]: (kind, values)
            for g, kind, values in hub.rows(
                'SELECT golden_id, entity_type, "values" FROM mdm.golden_record WHERE valid_to IS NULL'
            )
        },
        "shared values": set(hub.rows("SELECT attribute, comparable FROM mdm.shared_value")),
        "hot keys": set(hub.rows("SELECT key, largest FROM mdm.hot_key")),
        # counted, for the same must not be asked twice
        "questions": Counter(
            about(reason, records, detail, *said)
            for reason, records, detail, *said in hub.rows(
                "SELECT reason, record_ids, detail, match_weight, first_stage_weight, priority FROM mdm.review_task"
                " WHERE state = 'open'"
            )
            if records
        ),
        "scored pairs": {
            tuple(sorted((keys[a], keys[b]))): tuple(rest)
            for a, b, *rest in hub.rows(
                "SELECT record_a, record_b, round(match_weight::numeric, 6), round(first_stage_weight::numeric, 6),"
                " completed FROM mdm.scored_pair"
            )
        },
    }


def rows_of(hub: Any) -> dict[str, tuple[Any, ...]]:
    """Golden id of every record, and the very rows that say so and that hold its customer's values."""
    keys = hub.keys()
    return {
        keys[r]: tuple(rest)
        for r, *rest in hub.rows(
            "SELECT x.record_id, x.golden_id, x.ctid::text, g.ctid::text FROM mdm.cross_reference x"
            " JOIN mdm.golden_record g ON g.golden_id = x.golden_id AND g.valid_to IS NULL WHERE x.until IS NULL"
        )
    }


def neighbourhood(start: Iterable[str], *pictures: Mapping[str, Any], decisions: Iterable[Decided]) -> set[str]:
    """Whom records that something happened to were or are compared with, and whom those could share a customer with."""
    beside: dict[str, set[str]] = {}
    first: dict[str, set[str]] = {}

    def add(graph: dict[str, set[str]], a: str, b: str) -> None:
        graph.setdefault(a, set()).add(b)
        graph.setdefault(b, set()).add(a)

    for picture in pictures:
        for (a, b), (weight, *_) in picture["scored pairs"].items():
            add(first, a, b)
            if float(weight) >= LINE:
                add(beside, a, b)
        for members in picture["customers"]:
            for other in members:
                add(beside, min(members), other)
    for decision in decisions:
        add(beside, decision.a, decision.b)
    reached = set(start)
    reached |= {other for key in reached for other in first.get(key, ())}
    frontier = set(reached)
    while frontier:
        frontier = {other for key in frontier for other in beside.get(key, ())} - reached
        reached |= frontier
    return reached


def carriers(hub: Any, crossed: set[Any]) -> set[str]:
    """Who carries keys that became hot or are hot no longer."""
    rows = hub.rows(
        "SELECT DISTINCT record_id FROM mdm.blocking_key WHERE key = ANY(:keys)", keys=[key for key, _ in crossed]
    )
    keys = hub.keys()
    return {keys[record] for (record,) in rows}


def a_night(told: Told, number: int, night: Night, made: Sequence[Decided]) -> dict[str, Any]:
    """A night of small changes: nobody moves but those near who was touched. Answers what stands after it."""
    before, rows = outcome(told.hub), rows_of(told.hub)
    concerned = told.live_through(number, night)
    report = told.hub.nightly(now=told.hub.day(number))
    after, rows_after = outcome(told.hub), rows_of(told.hub)
    if report.changed:
        assert not report.stages["block"]["full"]
    concerned |= carriers(told.hub, before["hot keys"] ^ after["hot keys"])
    reached = neighbourhood(concerned, before, after, decisions=made)
    moved = {key for key in rows if rows[key] != rows_after.get(key)} - reached
    assert not moved, f"night {number}: nothing happened near {sorted(moved)}"
    return after


def look_at_everything(hub: Any, number: int) -> dict[str, Any]:
    """A run that looks at everybody, whatever changed. Answers what stands after it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mdm.resolve.neighbourhood._FULL_FROM", -1.0)
        report = hub.nightly(now=hub.day(number))
    assert not report.changed or report.stages["block"]["full"]
    return outcome(hub)


def learn_the_end(told: Told, hub: Any, number: int) -> dict[str, Any]:
    """What a hub holds that learns how a history ended, and what was noise in it, and looks at everything at once."""
    late = Told(hub)
    late.take(told.rows, hub.day(number))
    for decision, day, _ in told.decisions.values():
        late.decide(decision, day)
    for attribute, comparable, shared, since, run in told.hub.rows(
        "SELECT attribute, comparable, carriers, since, run_id FROM mdm.shared_value"
    ):
        row = {"attribute": attribute, "comparable": comparable, "carriers": shared, "since": since, "run_id": run}
        hub.write(insert(shared_value).values(row).on_conflict_do_nothing())
    return look_at_everything(hub, number)


def decided_in(history: Sequence[Night]) -> list[Decided]:
    return [event for night in history for event in night if isinstance(event, Decided)]


def without_past(told: Told) -> set[frozenset[str]]:
    """The customers a history ended with, as the evidence a hub holds would have made them, had nobody of the history
    been together before.
    """
    hub, keys = told.hub, told.hub.keys()
    live = {record for record, key in keys.items() if key in told.rows} & {
        record for (record,) in hub.rows("SELECT record_id FROM mdm.standardised_record")
    }
    found: set[frozenset[str]] = set()
    for entity_type in EntityType:
        of_type = "SELECT record_id FROM mdm.standardised_record WHERE entity_type = :type"
        asked = live & {record for (record,) in hub.rows(of_type, type=entity_type.value)}
        with closing(open_duckdb(hub.settings)) as duck:
            known = _look_around(hub.store, hub.settings, duck, entity_type, asked)
        assert not known.partial
        held = {record: golden for record, golden in known.component.held.items() if record not in live}
        rules = known.entity.rules
        again = cluster(replace(known.component, held=held), thresholds=rules.thresholds, guards=rules.guards)
        found |= {frozenset(keys[record] for record in group) for group in again.groups if live & set(group)}
    return found


def difference(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, Any]:
    """By part: what only the increments say, and what only the full run says."""
    found = {}
    for part in ours:
        a, b = ours[part], theirs[part]
        if isinstance(a, dict):
            a, b = [{repr(item) for item in x.items()} for x in (a, b)]
        if a != b:
            found[part] = {"increments": sorted(a - b, key=repr), "full run": sorted(b - a, key=repr)}
    return found


def seeds() -> range:
    """The histories to draw."""
    first, _, last = os.environ.get("MDM_HISTORIES", str(HISTORIES)).rpartition(":")
    return range(int(first or 0), int(last))


def contact(identifier: str, **said: str) -> Sent:
    """A Salesforce contact."""
    return Sent(f"salesforce/Contact/{identifier}", {"Id": identifier, **said})


def account(identifier: str, **said: str) -> Sent:
    """A Salesforce account."""
    return Sent(f"salesforce/Account/{identifier}", {"Id": identifier, **said})


def gone(*identifiers: str) -> list[Sent]:
    return [Sent(f"salesforce/Contact/{identifier}", None) for identifier in identifiers]


# What once ended elsewhere, side by side in one history. A phone of a film makes no candidates, but counts where
# records are compared.
_FILM = {"LastName": "Brannock", "MobilePhone": "+1 360 555 0142"}
_TWO_BUT_FOR_A_BRIDGE = [
    [
        contact("003P0a", **_FILM, FirstName="Maureen", Birthdate="1961-12-04"),
        contact("003P0b", **_FILM, FirstName="M.", Birthdate="1961-04-12"),
    ],
    [contact("003P0c", **_FILM, FirstName="Maureen A", Birthdate="1961-04-12")],
    gone("003P0c"),
]
# the bridge was never compared with whom the two it leaves are each to be asked about
_NAMED, _CARD = {"LastName": "Quillfeather", "FirstName": "Joan"}, {"Loyalty_Number__c": "770901234"}
_ONE_QUESTION_ABOUT_TWO = [
    [
        contact("003P1a", **_NAMED, Email="joan.q@gmail.com", Phone="+1 360 943 2142"),
        contact("003P1b", LastName="Quillfeather", FirstName="J.", Email="zzz@outlook.com", Phone="+1 406 587 3111",
                Birthdate="1957-06-30", **_CARD),
        contact("003P1c", **_NAMED, Email="joan.q@gmail.com", Birthdate="1957-06-30", **_CARD),
        contact("003P1d", LastName="Quillan", Email="dd@yahoo.com", Phone="+1 360 943 2142",
                MobilePhone="+1 406 587 3111", Loyalty_Number__c="770555666"),
    ],
    gone("003P1c"),
]  # fmt: skip
# nothing happens to the first two when too many come to carry what alone paired them, nor when these go again
_BORN = {"LastName": "Oduyemi", "FirstName": "Rosalind", "Birthdate": "1988-01-17"}
_A_KEY_HOT_AND_COOL_AGAIN = [
    [contact(f"003P2{n}", **_BORN) for n in "ab"],
    [contact(f"003P2{n}", **_BORN) for n in "cdefg"],
    gone(*(f"003P2{n}" for n in "cdefg")),
]
# what people share too much is no evidence about firms either, that nothing happens to
_A_PHONE_BECOMES_NOISE = [
    [account(f"001V0{n}", Name=name, Phone="207 846 4190") for n, name in enumerate(("Velmarine", "Velmarin"))],
    [contact(f"003P3{n}", LastName=n * 5, Phone="207 846 4190") for n in "abcdefgh"],
    gone(*(f"003P3{n}" for n in "abcdefgh")),
]
_ONCE_DIFFERENT = (_TWO_BUT_FOR_A_BRIDGE, _ONE_QUESTION_ABOUT_TWO, _A_KEY_HOT_AND_COOL_AGAIN, _A_PHONE_BECOMES_NOISE)


def assert_same(ours: Mapping[str, Any], theirs: Mapping[str, Any], when: str) -> None:
    found = difference(ours, theirs)
    assert not found, f"{when}: {pformat(found)}"


def assert_the_end_is_the_same(history: Sequence[Night], template: Any, another_hub: Callable[..., Any]) -> None:
    told = Told(another_hub(*template))
    held: dict[str, Any] = {}
    for number, night in enumerate(history, 2):
        held = a_night(told, number, night, decided_in(history))
    assert_same(held, learn_the_end(told, another_hub(*template), len(history) + 1), "at the end")


def test_what_once_ended_elsewhere(without_gap: Any, another_hub: Callable[..., Any], rules_read_once: None) -> None:
    nights = zip_longest(*_ONCE_DIFFERENT, fillvalue=())
    history = [[event for events in night for event in events] for night in nights]
    assert_the_end_is_the_same(history, without_gap, another_hub)


@pytest.mark.parametrize("seed", seeds())
def test_increments_end_where_one_look_at_everything_ends(
    seed: int, without_gap: Any, another_hub: Callable[..., Any], rules_read_once: None
) -> None:
    assert_the_end_is_the_same(draw_history(seed), without_gap, another_hub)


@pytest.mark.parametrize("seed", seeds())
def test_every_night_equals_a_look_at_everything_and_the_rest_is_the_gap(
    seed: int, with_gap: Any, another_hub: Callable[..., Any], rules_read_once: None
) -> None:
    history = draw_history(1_000_000 + seed)
    told = Told(another_hub(*with_gap))
    for number, night in enumerate(history, 2):
        twin = told.twin(another_hub)
        standing = set(told.hub.golden_ids().values())
        ours = a_night(told, number, night, decided_in(history))
        twin.live_through(number, night)
        theirs = look_at_everything(twin.hub, number)
        assert_same(without_remembered(ours), without_remembered(theirs), f"after night {number}")
        ids, twins = told.hub.golden_ids(), twin.hub.golden_ids()
        other = {key: (golden, twins[key]) for key, golden in ids.items() if golden != twins[key]}
        assert not {key for key, pair in other.items() if standing & set(pair)}, f"night {number}: other ids"
    late = learn_the_end(told, another_hub(*with_gap), len(history) + 1)
    of_history = {members for members in late["customers"] if members & told.rows.keys()}
    assert without_past(told) == of_history


def without_remembered(picture: Mapping[str, Any]) -> dict[str, Any]:
    """Without the pairs between two customers that only the component they were parted in had weighed: they are kept
    until somebody near changes, and count for nothing.
    """
    customer = {key: members for members in picture["customers"] for key in members}
    kept = {
        (a, b): said for (a, b), said in picture["scored pairs"].items() if not said[-1] or customer[a] == customer[b]
    }
    return {**picture, "scored pairs": kept}

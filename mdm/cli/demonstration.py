"""The demonstration in words: what happened, how good it is, three customers worth a look, what to do next."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from mdm.cli import output
from mdm.cli.customer import in_words, tell_customer

if TYPE_CHECKING:
    from mdm.demo import Demonstration
    from mdm.demo.demonstration import Example
    from mdm.evaluate import Evaluation
    from mdm.lookup import CustomerView

_SHOWN = (
    "given_name", "middle_name", "family_name", "suffix", "full_name", "date_of_birth", "email", "phone", "address",
    "loyalty_number",
)  # fmt: skip


def tell_demonstration(demo: Demonstration) -> None:
    """Prints the whole demonstration."""
    _tell_counts(demo)
    _tell_quality(demo)
    _tell_examples(demo)
    _tell_next(demo)


def _heading(text: str) -> None:
    output.say()
    output.say(text, style="bold")


def _tell_counts(demo: Demonstration) -> None:
    _heading("What went in")
    records: Counter[str] = Counter()
    for report in demo.ingested.reports:
        records[f"{report.system}/{report.object}"] += report.new
    output.table([(name, count) for name, count in sorted(records.items())], columns=["from", "rows taken in"])
    matching = demo.run.matching.values()
    pairs = sum(m["candidate_pairs"] + m["completed_pairs"] for m in matching)
    _heading("What came out")
    published = demo.run.published
    rows = [
        ("candidate pairs scored", pairs, "mdm --home HOME status"),
        ("golden records", demo.status.golden_records, "mdm --home HOME export golden-records --out golden.csv"),
        ("duplicates found", demo.duplicates, "mdm --home HOME export cross-references --out references.csv"),
        (
            "questions for stewards",
            sum(demo.status.open_tasks.values()),
            "mdm --home HOME export review-tasks --out tasks.csv",
        ),
        (
            "changes proposed to systems",
            published["changes_proposed"],
            "mdm --home HOME export proposed-changes --out changes.csv",
        ),
    ]
    output.table([(what, count, where) for what, count, where in rows], columns=["", "", "look it up with"])


def _tell_quality(demo: Demonstration) -> None:
    _heading("How right it is, measured against the population's truth (this one never trained it)")
    figures = (("people", demo.people), ("people and organisations", demo.evaluation))
    rows = [(name, *_figures(e), f"{e.exact_share:.1%}", e.largest_golden) for name, e in figures]
    output.table(rows, columns=["", "precision", "recall", "F1", "B-cubed F1", "customers exactly right", "largest"])
    output.say("recompute it with: mdm --home HOME evaluate --truth EXTRACTS/truth.csv")


def _figures(e: Evaluation) -> list[str]:
    return [f"{x:.4f}" for x in (e.pairwise.precision, e.pairwise.recall, e.pairwise.f1, e.bcubed.f1)]


def _tell_examples(demo: Demonstration) -> None:
    if demo.merged is not None:
        _heading("1. One customer out of many records, every value with its owner")
        tell_customer(demo.merged.customers[0])
    if demo.in_review is not None:
        _heading("2. In review: too alike to ignore, not alike enough to link. A steward decides")
        _tell_pair(demo.in_review)
    if demo.left_apart is not None:
        _heading(f"3. Left apart on purpose: {demo.left_apart.guard}")
        _tell_pair(demo.left_apart)


def _tell_pair(example: Example) -> None:
    if example.match_weight is not None:
        output.say(f"match weight {example.match_weight:.1f} bits")
    shown = [dict(_values(customer)) for customer in example.customers]
    names = [str(customer.records[0].record) + _more(customer) for customer in example.customers]
    rows = [(a, *(values.get(a, "") for values in shown)) for a in _SHOWN if any(a in values for values in shown)]
    output.table(rows, columns=["", *names])


def _more(customer: CustomerView) -> str:
    others = len(customer.records) - 1
    return f" and {others} more" if others else ""


def _values(customer: CustomerView) -> list[tuple[str, str]]:
    joined: dict[str, list[str]] = {}
    for value in customer.values:
        joined.setdefault(value.attribute, []).append(in_words(value.value))
    for attribute, losing in customer.not_surviving:
        joined.setdefault(attribute, []).append(in_words(losing.value))
    return [(attribute, "; ".join(dict.fromkeys(values))) for attribute, values in joined.items()]


def _tell_next(demo: Demonstration) -> None:
    _heading("Go on")
    example = demo.merged.customers[0].records[0].record if demo.merged else None
    output.say(f"HOME is {demo.home}, EXTRACTS is {demo.extracts}; `mdm` is .venv/bin/mdm in the checkout.")
    if example is not None:
        output.say(f"  mdm --home HOME show '{example}'")
    output.say("  mdm --home HOME ingest --dir EXTRACTS/delta && mdm --home HOME run nightly      the next day")
    output.say(
        "  mdm --home HOME changes list                                                    what would be written back"
    )
    output.say(
        "  mdm mapping init your-file.csv                                                  your own data, without code"
    )
    seconds = demo.run.seconds + sum(report.seconds for report in demo.ingested.reports)
    output.say(f"From extracts to golden records it took {seconds:.0f} s. Nothing is left running.")

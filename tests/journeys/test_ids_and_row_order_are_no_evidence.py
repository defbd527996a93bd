"""Ids, row order and order of files say nothing about who is who: shuffled and renamed, the customers are the same."""

from __future__ import annotations

import hashlib
import re

from mdm.systems import load_mappings

IDS = {
    "salesforce_contact.csv": r"^(\w{18}),",
    "salesforce_lead.csv": r"^(\w{18}),",
    "loyalty_member.csv": r"^(L\d+),",
    "shopify_customer.jsonl": r'^\{"id": "gid://shopify/Customer/(\d+)"',
    "zendesk_user.jsonl": r'^\{"id": (\d+)',
}


def renamed(identifier):
    """Another id of the same kind."""
    digest = hashlib.md5(identifier.encode()).hexdigest()
    if identifier.isdigit():
        return str(int(digest, 16))[: len(identifier)].replace("0", "7")
    return (
        identifier[:1] + (digest * 2)[: len(identifier) - 1]
        if not identifier.startswith("L")
        else f"L{int(digest, 16) % 10**15}"
    )


def test_the_same_customers_under_other_ids_in_another_order(another_hub, first_day, population, tmp_path):
    names = {}
    for file in sorted(population.iterdir()):
        if file.suffix not in (".csv", ".jsonl") or file.name.startswith("truth"):
            continue
        text = file.read_text()
        ending = "\r\n" if "\r\n" in text else "\n"
        if file.name in IDS:
            for found in re.findall(IDS[file.name], text, re.MULTILINE):
                names[found] = renamed(found)
    assert len(set(names.values())) == len(names) > 400
    by_name = re.compile("|".join(sorted(map(re.escape, names), key=len, reverse=True)))
    for file in population.iterdir():
        if file.suffix not in (".csv", ".jsonl") or file.name.startswith("truth"):
            continue
        with file.open(newline="") as source:
            text = by_name.sub(lambda m: names[m[0]], source.read())
        ending = "\r\n" if "\r\n" in text else "\n"
        if '"' in text and ending == "\r\n":
            (tmp_path / file.name).write_text(text, newline="")  # a quoted cell may hold a line end
            continue
        lines = text.splitlines()
        head, body = (lines[:1], lines[1:]) if file.suffix == ".csv" else ([], lines)
        body.sort(key=lambda line: hashlib.md5(line.encode()).hexdigest())
        (tmp_path / file.name).write_text(ending.join([*head, *body]) + ending, newline="")
    first, other = another_hub(*first_day), another_hub()
    for file in sorted(tmp_path.iterdir(), reverse=True):
        mapping = load_mappings(other.settings).for_file(file.name)
        other.take(file.read_bytes(), mapping.name)
    other.nightly()
    back = {new: old for old, new in names.items()}
    by_new = re.compile("|".join(map(re.escape, sorted(back, key=len, reverse=True))))
    ours = {frozenset(by_new.sub(lambda m: back[m[0]], key) for key in group) for group in other.partition()}
    assert ours == first.partition()

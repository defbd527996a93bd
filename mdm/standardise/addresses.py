"""Postal addresses: number, street, unit, city, region, postcode and country, however the source packed them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import pycountry

from mdm.standardise.casing import place_case
from mdm.standardise.policy import meaningless, says_nothing
from mdm.standardise.reference import csv_rows
from mdm.standardise.text import LONGEST_TEXT, as_text, ascii_lower, fold, fold_words, safe_display, straighten
from mdm.standardise.umlauts import plain_umlauts
from mdm.standardise.values import INVALID, PLACEHOLDER, Value, json_text, quoted, value_text

_LETTERS_OF_ID = 3  # of a unit named by letters only
PARTS = ("street", "unit", "city", "region", "postcode", "country")

_UNIT_WORDS = (
    r"apartment|apartement|appt|apt|unit|suite|ste|room|rm|floor|flr|fl|building|bldg|department|dept|lot|trailer|trlr|"
    r"space|spc|flat|office|ofc|penthouse|ph|wohnung|whg|number|no"
)
_UNIT_ID = r"[a-z]?-?\d+(?:[-/]?[a-z]?\d*)?|[a-z]\d*"
_UNIT_TAIL = re.compile(
    rf"^(.*?\S)[\s,]+((?:(?:{_UNIT_WORDS})\b\.?\s*#?|#)\s*(?:{_UNIT_ID}))$", re.IGNORECASE | re.ASCII
)
_UNIT_HEAD = re.compile(
    rf"^((?:(?:{_UNIT_WORDS})\b\.?\s*#?|#)\s*(?:{_UNIT_ID}))(?:\s*,\s*|\s+)(\d+.*)$", re.IGNORECASE | re.ASCII
)
_UNIT_WHOLE = re.compile(rf"(?:(?:{_UNIT_WORDS})\b\.?\s*#?|#)\s*[\w\-/]+", re.IGNORECASE | re.ASCII)
_UNIT_FIRST_WORD = re.compile(rf"(?:(?:{_UNIT_WORDS})(?![a-z])\.?|#)", re.IGNORECASE | re.ASCII)
_PO_BOX = re.compile(
    r"^(?:(?:p\.?\s*o\.?\s*b(?:ox)?|post(?:al)?\s*office\s*box|postfach|postbus|box)\b\.?|bo[iî]te\s+postale|"
    r"casella\s+postale|apartado(?:\s+de\s+correos)?|apdo\.?|b\.?\s?p\.?(?=\s*\d)|c\.?\s?s\.?(?=\s*\d{3}))"
    r"\s*#?\s*(\w*\d\w*(?:[ -]\d+)*|[a-z])$",
    re.IGNORECASE,
)
# What stands beside a street and is no part of it: who takes the mail, and where inside the building they are.
_CARE_OF = re.compile(
    r"(?:^(?:care of|attn|attention|zu händen|z\.\s?h(?:d|dn)?\b)|(?:^|(?<=[\s,;]))c\s?/\s?o\b)"
    r"[.:]?\s*[^,;\d]*[^,;\d\s]",
    re.IGNORECASE,
)
_INSIDE_WORDS = (
    r"hinterhaus|vorderhaus|gartenhaus|seitenfl(?:ü|ue?)gel|quergeb(?:ä|ae?)ude|hh|vh|gh|sf|eg|dg|ug|erdgeschoss|"
    r"erdgeschoß|dachgeschoss|dachgeschoß|souterrain|\d+\.\s?(?:og|ug|stock(?:werk)?|etage|obergescho(?:ss|ß)|hinterhof)|"
    r"aufgang|stiege|rez-de-chauss[ée]e|rdc|\d+(?:er|e|è?me)\s+[ée]tage|b[âa]timent|b[âa]t\.?|escalier|piso|planta|"
    r"puerta|scala|piano"
)
_INSIDE = re.compile(rf"(?:{_INSIDE_WORDS})(?!\w)", re.IGNORECASE)
_INSIDE_BEHIND = re.compile(rf"^([^\W\d_][^\d,]*\s\d+\s?[a-z]?)\s+((?:{_INSIDE_WORDS})(?!\w).*)$", re.IGNORECASE)
_REPEATED = r"bis|ter|quater"  # "12 bis": French for the second door of a number
_BARE_NUMBER = re.compile(rf"\d+(?:\s?[-/]\s?\d+)?\s?(?:[a-z]|{_REPEATED})?", re.IGNORECASE | re.ASCII)
_NUMBER = re.compile(
    rf"(\d+(?:-\d+)?(?:\s*\d/\d)?)(?:([a-z])(?=[\s,.]|$)|\s?({_REPEATED})(?=[\s,.]))?[\s,.]*(?=\S)(.*)",
    re.IGNORECASE | re.ASCII,
)
_GLUED = re.compile(rf"^(\d+)(?!(?i:{_REPEATED})\b)([^\W\d_]{{2,}}.*)$")
_ORDINAL = re.compile(r"^\d+(?:st|nd|rd|th)\b", re.IGNORECASE | re.ASCII)
_NUMBER_BEHIND = re.compile(r"^(.*[^\W\d_].*?)[\s,]+(\d+(?:\s?[-/]\s?\d+)?\s?[a-z]?)$", re.IGNORECASE)
_ONE_LINE = re.compile(
    r"^(.+),\s*([^,\d]+),\s*([A-Za-z. ]{2,20}?)[\s,]+(\d{5}(?:-\d{4})?)(?:\s*,\s*([A-Za-z. ]{2,30}))?$", re.ASCII
)
_ZIP = re.compile(r"(\d{5})(?:[-\s]?(\d{4}))?", re.ASCII)
_SHORT_ZIP = re.compile(r"(\d{3,4})(?:-(\d{4}))?", re.ASCII)
_UK_POSTCODE = re.compile(r"([A-Z]{1,2}\d[A-Z\d]?)(\d[A-Z]{2})", re.ASCII)
_CA_POSTCODE = re.compile(r"([A-Z]\d[A-Z])(\d[A-Z]\d)", re.ASCII)
_FIVE_DIGIT_COUNTRIES = frozenset({"DE", "FR", "IT", "ES", "MX", "FI", "HR", "TR", "PR"})
# A number and words of letters, nothing that could be a unit, a box or a comma: read without looking for those (tested
# to give what looking gives). Four of five American street lines.
_PLAIN_LINE = re.compile(rf"(\d+) (?!(?i:{_REPEATED})\b)((?:[A-Za-z]+ )*[A-Za-z]{{2,}})", re.ASCII)
_GLUED_STREET = re.compile(r"([a-z]{2,})str(?:asse|ase)?")
_GLUED_TYPE = re.compile(r"[a-z]{2}(?:weg|allee|gasse|platz|ring|ufer|damm|chaussee|straat|laan|gatan|vej|utca)$")
_BOX = "po box "
# A country's code before a postcode ("D-80331"), as cars and as ISO 3166 have it.
_POSTCODE_COUNTRIES: Mapping[str, str] = {
    **{"D": "DE", "A": "AT", "F": "FR", "B": "BE", "L": "LU", "I": "IT", "E": "ES", "S": "SE", "N": "NO", "P": "PT"},
    **{"FIN": "FI", "H": "HU", "SLO": "SI"},
    **{"DE": "DE", "AT": "AT", "CH": "CH", "FR": "FR", "BE": "BE", "LU": "LU", "LI": "LI", "IT": "IT", "ES": "ES"},
    **{"SE": "SE", "NO": "NO", "PT": "PT", "FI": "FI", "HU": "HU", "SI": "SI", "NL": "NL", "PL": "PL", "CZ": "CZ"},
    **{"SK": "SK", "HR": "HR", "DK": "DK"},
}
_PREFIXED_POSTCODE = re.compile(r"([A-Z]{1,3})(?:-| - | )?(\d[\d -]{2,6}\d)", re.ASCII)
_DUTCH_POSTCODE = re.compile(r"NL(?:-| )?(\d{4} ?[A-Z]{2})", re.ASCII)


class Address(NamedTuple):
    """The parts as shown (``shown``, as ``PARTS``, '' when absent) and as compared ('' when absent or meaningless)."""

    shown: tuple[str, ...]
    comparable: str
    mark: str | None = None
    number: str = ""
    street: str = ""
    unit: str = ""
    city: str = ""
    region: str = ""
    postcode: str = ""
    country: str = ""

    @property
    def place(self) -> str:
        """The postcode, else the city with its region, which no postcode can equal: "12095", "@springfield,IL"."""
        return self.postcode or (f"@{self.city},{self.region}" if self.city else "")

    @property
    def is_whole(self) -> bool:
        """Whether it names one place: a box, or a number in a street, with a postcode or at least a city."""
        return bool(self.street and (self.number or self.street.startswith(_BOX)) and (self.postcode or self.city))


@lru_cache(maxsize=1)
def _street_words() -> dict[str, dict[str, str]]:
    lists: dict[str, dict[str, str]] = {}
    for row in csv_rows("street_words"):
        lists.setdefault(row["kind"], {})[row["word"]] = row["abbreviation"]
    return lists


@lru_cache(maxsize=1)
def _street_types() -> frozenset[str]:
    """The types of streets, written out and abbreviated."""
    types = _street_words()["type"]
    return frozenset({*types, *types.values()})


@lru_cache(maxsize=1)
def _regions() -> dict[str, dict[str, str]]:
    lists: dict[str, dict[str, str]] = {}
    for row in csv_rows("regions"):
        codes = lists.setdefault(row["country"], {})
        codes[row["name"].replace(" ", "")] = row["code"]
        codes[row["code"].lower()] = row["code"]
    return lists


@lru_cache(maxsize=1)
def _country_aliases() -> dict[str, str]:
    return {row["name"]: row["code"] for row in csv_rows("countries")}


@lru_cache(maxsize=4096)
def country_code(text: str) -> str | None:
    """ISO 3166-1 alpha-2 of a country's name or code in the usual spellings; None when unknown."""
    name = " ".join(fold_words(text))
    if name in _country_aliases():
        return _country_aliases()[name]
    if not name or len(text) > 60:
        return None
    try:
        return str(pycountry.countries.lookup(text.strip()).alpha_2)
    except LookupError:
        return None


def region_code(text: str, country: str) -> str:
    """The code of a state or province of the United States or Canada, else the folded name."""
    folded = plain_umlauts(fold(text))
    for where in (country, "US", "CA") if country in {"US", "CA", ""} else (country,):
        code = _regions().get(where, {}).get(folded)
        if code:
            return code
    return folded


def _without_country(postcode: str, country: str) -> tuple[str, str]:
    """The postcode without a country's code before it, and that country, else the one given."""
    prefixed = _PREFIXED_POSTCODE.fullmatch(postcode)
    if prefixed and prefixed[1] in _POSTCODE_COUNTRIES:
        return prefixed[2], _POSTCODE_COUNTRIES[prefixed[1]]
    dutch = _DUTCH_POSTCODE.fullmatch(postcode)
    return (dutch[1], "NL") if dutch else (postcode, country)


def _words(text: str) -> list[str]:
    """Folded words, umlauts plain."""
    return [plain_umlauts(word) for word in fold_words(text)]


def _street_parts(text: str) -> list[str]:
    """The folded words of a street, what is glued to "Straße" apart: "Kölnerstr." gives kolner, str."""
    words: list[str] = []
    for word in _words(text):
        glued = _GLUED_STREET.fullmatch(word) if "str" in word else None
        words += (glued[1], "str") if glued else (word,)
    return words


def postcode_forms(text: str, country: str) -> tuple[str, str]:
    """A postcode as shown and as compared: ("28756-9871", "28756"), ("SW1A 1AA", "SW1A1AA"), ("80331", "80331")."""
    upper = " ".join(ascii_lower(text).upper().split())
    if upper[:1].isalpha():
        upper, country = _without_country(upper, country)
    compact = upper.replace(" ", "")
    if country in {"US", "PR", ""}:
        found = _ZIP.fullmatch(upper)
        if found is None and (short := _SHORT_ZIP.fullmatch(compact)):
            tail = f"-{short[2]}" if short[2] else ""
            return short[1].zfill(5) + tail, short[1].zfill(5)
        if found is None and len(compact) in {7, 8} and compact.isdigit():
            found = _ZIP.fullmatch(compact.zfill(9))
        if found:
            return found[1] + (f"-{found[2]}" if found[2] else ""), found[1]
    elif country in _FIVE_DIGIT_COUNTRIES and compact.isdigit() and len(compact) == 4:
        return compact.zfill(5), compact.zfill(5)
    for pattern, where in ((_UK_POSTCODE, "GB"), (_CA_POSTCODE, "CA")):
        found = pattern.fullmatch(compact)
        if found and country in {where, "US", ""}:
            return f"{found[1]} {found[2]}", compact
    bare = fold(upper).upper()
    return upper, bare


@lru_cache(maxsize=16384)
def _comparable_street(text: str) -> str:
    """Folded words, types and directionals abbreviated: "W Fox Hollow Avenue" gives "w fox hollow ave".

    "Kölner Straße", "Koelner Str." and "Kölnerstr." give "kolner st"; "bd Voltaire" gives "blvd voltaire".
    """
    lists = _street_words()
    words = _street_parts(text)
    if not words:
        return ""
    directions, types, others = lists["direction"], lists["type"], lists["word"]
    last = len(words) - 1
    type_at = last
    if last > 1 and (words[last] in directions or words[last] in directions.values()):
        type_at = last - 1
    done = []
    for i, word in enumerate(words):
        if last > 0 and i in {0, last} and word in directions and not (i == 0 and last == 1):
            done.append(directions[word])
        elif i == 0 < last and word in lists["first"] and words[1] not in _street_types():
            done.append(lists["first"][word])
        elif i == type_at and i > 0 and word in types:
            done.append(types[word])
        elif i != type_at or i == 0:
            done.append(others.get(word, word))
        else:
            done.append(word)
    return " ".join(done)


def _comparable_unit(text: str) -> str:
    """The unit's own id: "Apartment 28B", "# 28b" and "Apt. 28-B" give "28b"; a floor keeps its word.

    Names (of a building, of whoever takes the mail) and boxes are left out.
    """
    lists = _street_words()
    units, inside = lists["unit"], lists["inside"]
    words = _words(" ".join(_other_than_boxes(_CARE_OF.sub(" ", text))))
    if len(words) == 1 and (glued := re.fullmatch(r"(apt|unit|ste|suite)(\d\w*)", words[0])):
        words = [glued[2]]
    own = [w for w in words if w not in units]
    letters = _LETTERS_OF_ID if len(own) == 1 < len(words) else 1
    ids = {w for w in own if w in inside or len(w) <= letters or not w.isalpha()}
    if not ids:
        return ""
    kept = (inside.get(w, w) if w in ids else units[w] for w in words if w in ids or units.get(w) in {"fl", "bldg"})
    return "".join(kept).lstrip("0")


def _other_than_boxes(text: str) -> list[str]:
    return [part for part in text.split(",") if not _PO_BOX.match(part.strip())]


def _comparable_city(text: str) -> str:
    others = _street_words()["word"]
    short = {"saint", "sainte", "mount", "fort"}
    return "".join(others[w] if w in short else w for w in _words(text))


def _split_unit(street: str) -> tuple[str, str]:
    """Street and unit of a street line: trailing marker, leading marker, or a part behind a comma."""
    lead = _UNIT_HEAD.match(street)
    if lead and any(c.isalpha() for c in lead[2]):
        return lead[2], lead[1]
    tail = _UNIT_TAIL.match(street)
    if tail and fold(tail[1]) and not tail[1].isdigit():
        return tail[1].rstrip(" ,"), tail[2].strip()
    if "," in street:
        parts = [p.strip() for p in street.split(",") if p.strip()]
        units = [p for p in parts if _UNIT_WHOLE.fullmatch(p)]
        if units and len(units) < len(parts):
            return ", ".join(p for p in parts if p not in units), " ".join(units)
    return street, ""


def _both_units(found: str, unit: str) -> str:
    """A unit found in the street line before another one, the same unit only once."""
    return unit if found in {"", unit} else f"{found} {unit}".rstrip()


def _split_units(street: str) -> tuple[str, str]:
    """Street and units, as many as the line has ("5 Elm St Bldg 2 Apt 4")."""
    street, unit = _split_unit(street)
    found = unit
    while found:
        street, found = _split_unit(street.strip(" ,;"))
        unit = _both_units(found, unit)
    return street, unit


def _split_number(street: str) -> tuple[str, str, bool]:
    """Number, rest, and whether the number stands behind the street (Hauptstr. 12a)."""
    if street[:1].isdigit() and not _ORDINAL.match(street):
        found = _NUMBER.match(street)
        if found and found[4]:
            return found[1] + (found[2] or found[3] or ""), found[4], False
        return "", street, False
    behind = _NUMBER_BEHIND.match(street)
    if behind:
        words = fold_words(behind[1])
        if words and words[-1] not in _street_words()["numbered"]:
            return behind[2].replace(" ", ""), behind[1].rstrip(" ,"), True
    return "", street, False


def _joined_numbers(parts: list[str]) -> list[str]:
    """Parts between commas; a bare number joins the street it belongs to ("12, rue X"; "Lindenallee, 3")."""
    joined: list[str] = []
    for part in parts:
        ahead = bool(joined) and _BARE_NUMBER.fullmatch(joined[-1]) is not None
        if ahead or (joined and _BARE_NUMBER.fullmatch(part) and not _split_number(joined[-1])[0]):
            joined[-1] += " " + part
        else:
            joined.append(part)
    return joined


def _names_a_street(part: str) -> bool:
    lists = _street_words()
    words = _street_parts(part)
    types, first = _street_types(), lists["first"]
    return any(word in types or _GLUED_TYPE.search(word) for word in words) or any(word in first for word in words[:2])


def _split_parts(street: str) -> tuple[str, str]:
    """The street of a line of several parts, and the others: a building's name, a box, a place inside, a district."""
    parts = _joined_numbers([p for part in street.split(",") if (p := part.strip())])
    outside = [p for p in parts if not _INSIDE.match(p) and not _PO_BOX.match(p)]
    numbered = [p for p in outside if _split_number(p)[0]]
    if numbered:
        outside = [min(numbered, key=lambda part: (not _names_a_street(part), not part[0].isdigit()))]
    if not outside:
        return ", ".join(parts), ""
    return ", ".join(outside), ", ".join(p for p in parts if p not in outside)


def _split_extras(street: str) -> tuple[str, str]:
    """A street line without what is not street, and that: "Lindenallee 3, Hinterhaus", "C/O John Doe 123 Main St"."""
    care_of = _CARE_OF.search(street) if "/" in street or not street[:1].isdigit() else None
    extra = ""
    if care_of:
        rest = f"{street[: care_of.start()].rstrip(' ,;(')} {street[care_of.end() :].lstrip(' ,;)')}".strip()
        if any(map(str.isalpha, rest)):
            street, extra = rest, care_of[0].strip()
    if "," in street:
        street, other = _split_parts(street)
        extra = _both_units(extra, other)
    behind = _INSIDE_BEHIND.match(street)
    if behind:
        street, extra = behind[1], _both_units(behind[2], extra)
    return street, extra


@lru_cache(maxsize=32768)
def _street_name(name: str) -> tuple[str, str]:
    """The street of a plain line as shown and as compared."""
    return place_case(name), _comparable_street(name)


def street_line(street: str) -> tuple[str, str, str, str]:
    """A street line as shown, its unit as shown, the comparable number and the comparable street."""
    plain = _PLAIN_LINE.fullmatch(street)
    if plain is None:
        return any_street_line(street)
    shown, comparable = _street_name(plain[2])
    return f"{plain[1]} {shown}", "", plain[1].lstrip("0"), comparable


def any_street_line(street: str) -> tuple[str, str, str, str]:
    """As ``street_line``, whatever the line looks like."""
    street, unit = straighten(street).strip(" ,;"), ""
    if not _PO_BOX.match(street):
        street, unit = _split_units(street)
        street, extra = _split_extras(street)
        unit = _both_units(unit, extra) if extra else unit
    box = _PO_BOX.match(street)
    if box:
        return f"PO Box {box[1].upper()}", unit, "", _BOX + fold(box[1]).lstrip("0")
    glued = _GLUED.match(street) if not _ORDINAL.match(street) else None
    if glued:
        street = f"{glued[1]} {glued[2]}"
    number, rest, _ = _split_number(street)
    comparable_number = ascii_lower(number).replace(" ", "").lstrip("0")
    return place_case(street), unit, comparable_number, _comparable_street(rest)


def _usable(text: str) -> bool:
    return bool(text) and not says_nothing("address", text)


@lru_cache(maxsize=8192)
def _unit(text: str) -> tuple[str, str]:
    """A unit as shown and as compared; so for a city, a region and a postcode below."""
    return place_case(text), _comparable_unit(text) if _usable(text) else ""


@lru_cache(maxsize=16384)
def _city(text: str) -> tuple[str, str]:
    return place_case(text), _comparable_city(text) if _usable(text) else ""


@lru_cache(maxsize=8192)
def _region(text: str, country: str) -> tuple[str, str]:
    comparable = region_code(text, country) if _usable(text) else ""
    is_code = len(comparable) == 2 and comparable.isupper()
    return comparable if is_code else place_case(text), comparable


@lru_cache(maxsize=65536)
def _postcode(text: str, country: str) -> tuple[str, str]:
    if not text:
        return "", ""
    shown, comparable = postcode_forms(text, country)
    meaning_none = meaningless("address", words="postcodes", patterns="none").words
    return shown, "" if comparable in meaning_none else comparable


def _is_exchanged(street: str, unit: str) -> bool:
    """Whether the street stands in the second line: "Flat 7", "75 Oak Close"; "The Old Mill", "5 Mill Lane"."""
    if any(map(str.isdigit, street)) and not _UNIT_WHOLE.fullmatch(street):
        return False
    return bool(unit[0].isdigit() and _split_number(unit)[0] and _names_a_street(unit) and not _INSIDE.match(unit))


def parse_address(parts: list[str], default_region: str) -> Address:
    """The address of cleaned ``PARTS``, '' for absent ones. A line that holds the city too is parted first."""
    street, unit, city, region, postcode, country = parts
    if unit and street and _is_exchanged(street, unit):
        street, unit = unit, street
    if street and not (city or region or postcode):
        line = _ONE_LINE.match(street)
        if line:
            street, city, region, postcode = line[1], line[2], line[3], line[4]
            country = country or line[5] or ""
    code = country_code(country) if country else None
    where = code or ("" if country else default_region)
    usable_street = _usable(street)
    shown_street, found_unit, number, comparable_street = street_line(street) if usable_street else (street, "", "", "")
    shown_unit, comparable_unit = _unit(_both_units(found_unit, unit))
    shown_city, comparable_city = _city(city)
    shown_region, comparable_region = _region(region, where)
    shown_postcode, comparable_postcode = _postcode(postcode, where)
    place = comparable_postcode or f"{comparable_city},{comparable_region}"
    abroad = code if code and code != default_region else ""
    says_something = comparable_street or comparable_postcode or comparable_city or comparable_region or code
    meaningless_street = bool(street) and not usable_street
    return Address(
        (shown_street, shown_unit, shown_city, shown_region, shown_postcode, code or country),
        f"{number}|{comparable_street}|{comparable_unit}|{place}|{abroad}",
        PLACEHOLDER if meaningless_street or not says_something else None,
        number,
        comparable_street,
        comparable_unit,
        comparable_city,
        comparable_region,
        comparable_postcode,
        code or "",
    )


def _parts(item: Mapping[str, Any]) -> list[str] | None:
    """``PARTS`` as one line each, '' when absent; None when one is no text, or a far too long one."""
    raws = ["" if (raw := item.get(name)) is None else raw for name in PARTS]
    if all(type(raw) is str for raw in raws):
        whole = "|".join(["", *raws, ""])
        # clean as they are, in one look: so are nearly all
        if (
            len(whole) <= LONGEST_TEXT
            and whole.isascii()
            and whole.isprintable()
            and "  " not in whole
            and "| " not in whole
            and " |" not in whole
        ):
            return raws
    texts = [as_text(raw) for raw in raws]
    if any(text is None or len(text) > LONGEST_TEXT for text in texts):
        return None
    return [" ".join(text.split()) for text in texts if text is not None]


@lru_cache(maxsize=8)
def _around_parts(fields: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The fields of an address before its ``PARTS`` and those behind them (type; valid from, valid to)."""
    return fields[: fields.index(PARTS[0])], fields[fields.index(PARTS[-1]) + 1 :]


def _extras(item: Mapping[str, Any], names: tuple[str, ...]) -> list[str]:
    return [
        f'"{name}":{json_text(safe_display(raw))}'
        for name in names
        if (raw := item.get(name)) is not None and raw != ""
    ]


def standardise_address(item: Any, fields: tuple[str, ...], default_region: str) -> tuple[str, Address | None] | None:
    """The JSON of one address, an object of ``fields`` or one line of text, and its parts when they can be read.

    None when every part is blank.
    """
    if isinstance(item, str):
        item = {"street": item}
    elif not isinstance(item, dict):
        return value_text(Value(safe_display(item), "", INVALID)), None
    parts = _parts(item)
    if parts is None:
        return value_text(Value({k: safe_display(v) for k, v in item.items() if k in fields}, "", INVALID)), None
    if not any(parts):
        return None
    address = parse_address(parts, default_region)
    before, behind = _around_parts(fields)
    display = [f'"{name}":{quoted(text)}' for name, text in zip(PARTS, address.shown, strict=True) if text]
    display = [*_extras(item, before), *display, *_extras(item, behind)]
    mark = "null" if address.mark is None else quoted(address.mark)
    return f"[{{{','.join(display)}}},{quoted(address.comparable)},{mark}]", address

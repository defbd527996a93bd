"""How records go wrong: each function takes a true value and gives it as somebody wrote it down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from anyascii import anyascii

from mdm.sample.draws import Draws
from mdm.sample.places import ABBREVIATED_TYPES, Address
from mdm.sample.profile import Profile

PLACEHOLDER_EMAILS = (
    "noemail@store.com", "none@none.com", "na@na.com", "test@test.com", "x@x.com", "unknown@unknown.com",
    "no@email.com", "declined@store.com",
)  # fmt: skip
PLACEHOLDER_PHONES = (
    "0000000000", "9999999999", "1234567890", "1111111111", "5555555555", "000-000-0000", "(999) 999-9999",
)  # fmt: skip
PLACEHOLDER_BIRTHS = ((1900, 1, 1), (1970, 1, 1), (1900, 1, 1), (1901, 1, 1))
PLACEHOLDER_NAMES = (("Test", "Test"), ("UNKNOWN", "UNKNOWN"), ("Test", "Customer"), ("N/A", "N/A"), ("Guest", "Guest"))
STORES = 120
_NEIGHBOURS = {
    "a": "sqz", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "f": "dg", "g": "fh", "h": "gj", "i": "uo", "j": "hk",
    "k": "jl", "l": "k", "m": "n", "n": "bm", "o": "ip", "p": "o", "q": "wa", "r": "et", "s": "ad", "t": "ry",
    "u": "yi", "v": "cb", "w": "qe", "x": "zc", "y": "tu", "z": "xs",
}  # fmt: skip
_WRONG_DOMAINS = {
    "gmail.com": ("gmial.com", "gmai.com", "gmail.co", "gmail.con", "gnail.com"),
    "yahoo.com": ("yaho.com", "yahooo.com", "yahoo.con"),
    "hotmail.com": ("hotmial.com", "hotmai.com", "hotmal.com"),
    "outlook.com": ("outlok.com", "outloook.com"),
    "icloud.com": ("iclould.com", "icoud.com"),
    "comcast.net": ("comcst.net",),
    "gmx.de": ("gmx.d", "gmy.de"),
    "web.de": ("wed.de",),
    "t-online.de": ("tonline.de",),
    "hotmail.co.uk": ("hotmail.co.k", "hotmial.co.uk"),
}
_COUNTRY_WORDS = {
    "US": ("US", "USA", "United States", "United States", "U.S.A."),
    "GB": ("GB", "UK", "United Kingdom", "Great Britain"),
    "DE": ("DE", "Germany", "Deutschland", "GERMANY"),
}


@dataclass(frozen=True, slots=True)
class WrittenAddress:
    """An address as a system holds it; empty strings where a part is missing."""

    line1: str
    line2: str
    city: str
    region: str
    postcode: str
    country: str
    country_word: str


def mistyped(text: str, draws: Draws) -> str:
    """One slip of the fingers: neighbour key, transposition, doubled, dropped or superfluous letter."""
    if len(text) < 3:
        return text
    i, kind = draws.below(len(text) - 1), draws.below(5)
    if kind == 0:
        near = _NEIGHBOURS.get(text[i].lower())
        other = draws.pick(near) if near else text[i]
        return text[:i] + (other.upper() if text[i].isupper() else other) + text[i + 1 :]
    if kind == 1:
        return text[:i] + text[i + 1] + text[i] + text[i + 2 :]
    if kind == 2:
        return text[: i + 1] + text[i:]
    if kind == 3:
        return text[:i] + text[i + 1 :]
    return text[: i + 1] + draws.pick("aeinrst") + text[i + 1 :]


def case_slipped(text: str, draws: Draws) -> str:
    """Shift pressed too late, never, or all along: yTler, tyler, TYLER, TYler."""
    kind = draws.below(4)
    if kind == 0 and len(text) > 2 and text[0].isupper() and text[1].isalpha():
        return text[1].lower() + text[0] + text[2:]
    if kind == 1:
        return text[:2].upper() + text[2:]
    return text.lower() if kind == 2 else text.upper()


def given_as_written(given: str, nicknames: tuple[str, ...], profile: Profile, draws: Draws) -> str:
    """A nickname, an initial, or the name."""
    if nicknames and draws.chance(profile.nickname):
        return draws.pick(nicknames)
    if draws.chance(profile.initial):
        return given[0] + ("." if draws.chance(0.5) else "")
    return given


def family_as_written(family: str, profile: Profile, draws: Draws) -> str:
    """Particles capitalised or glued, hyphens lost or halved, apostrophes dropped, McLEER and Mcleer."""
    if " " in family and draws.chance(profile.particle_changed):
        last = family.rpartition(" ")[2]
        family = draws.pick((family.title(), family.replace(" ", ""), family.lower(), last))
    if "-" in family and draws.chance(profile.hyphen_changed):
        one, _, two = family.partition("-")
        family = draws.pick((f"{one} {two}", one, two))
    if "'" in family and draws.chance(profile.particle_changed):
        family = family.replace("'", draws.pick(("", " ", "’")))
    if family.startswith("Mc") and draws.chance(profile.particle_changed * 0.4):
        family = family.capitalize()
    return family


def name_slip(name: str, profile: Profile, draws: Draws) -> str:
    """Typing and case errors, and lost diacritics, of one name part."""
    if not name.isascii() and draws.chance(profile.diacritics_lost):
        name = name_in_ascii(name)
    if draws.chance(profile.name_typo):
        name = mistyped(name, draws)
    return case_slipped(name, draws) if draws.chance(profile.case_slip) else name


def name_in_ascii(name: str) -> str:
    """What a system without diacritics makes of a name; German umlauts become two letters."""
    if name.isascii():
        return name
    for letter, two in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("Ä", "Ae"), ("Ö", "Oe"), ("Ü", "Ue")):
        name = name.replace(letter, two)
    return anyascii(name)


def email_as_written(email: str, profile: Profile, draws: Draws) -> str:
    """Capitals, Gmail dots, plus tags, typing errors before and behind the at sign."""
    local, _, domain = email.partition("@")
    if domain == "gmail.com" and len(local) > 4 and draws.chance(profile.gmail_dots):
        cut = draws.between(1, len(local) - 2)
        local = local.replace(".", "") if "." in local else f"{local[:cut]}.{local[cut:]}"
    if draws.chance(profile.plus_tag):
        local += draws.pick(("+shop", "+store", "+news", "+1", "+offers"))
    if draws.chance(profile.email_typo):
        local = mistyped(local, draws)
    if draws.chance(profile.email_domain_typo):
        domain = draws.pick(_WRONG_DOMAINS.get(domain, (domain,)))
    written = f"{local}@{domain}"
    if draws.chance(profile.email_shouted):
        return written.upper() if draws.chance(0.5) else written.capitalize()
    return written


def phone_slip(phone: str, profile: Profile, draws: Draws) -> str:
    """A wrong digit or two digits swapped in an E.164 number."""
    if not draws.chance(profile.phone_typo):
        return phone
    i = draws.between(len(phone) - 7, len(phone) - 2)
    if draws.chance(0.5):
        return phone[:i] + phone[i + 1] + phone[i] + phone[i + 2 :]
    return phone[:i] + str(draws.below(10)) + phone[i + 1 :]


def digits_slipped(number: str, draws: Draws) -> str:
    """An official number with two neighbouring digits exchanged, or one wrong."""
    at = [i for i, c in enumerate(number) if c.isdigit()]
    n = draws.below(len(at) - 1)
    i, j = at[n], at[n + 1]
    if number[i] != number[j] and draws.chance(0.5):
        return number[:i] + number[j] + number[i + 1 : j] + number[i] + number[j + 1 :]
    return number[:i] + str((int(number[i]) + draws.between(1, 9)) % 10) + number[i + 1 :]


def phone_as_written(phone: str, draws: Draws) -> str:
    """An E.164 number the ways people and systems write it."""
    kind = draws.below(6)
    if phone.startswith("+1"):
        area, exchange, line = phone[2:5], phone[5:8], phone[8:]
        return (
            f"({area}) {exchange}-{line}",
            f"{area}.{exchange}.{line}",
            phone,
            f"1-{area}-{exchange}-{line}",
            area + exchange + line,
            f"{area}-{exchange}-{line}",
        )[kind]
    code, rest = phone[1:3], phone[3:]
    return (f"+{code} {rest[:3]} {rest[3:]}", phone, f"0{rest}", f"0{rest[:4]} {rest[4:]}", f"00{code}{rest}",
            f"+{code} (0){rest}")[kind]  # fmt: skip


def birth_as_written(born: tuple[int, int, int], profile: Profile, draws: Draws) -> tuple[int, int, int]:
    """Day and month swapped, off by one, a digit wrong, two exchanged, or another date; a placeholder at times."""
    year, month, day = born
    if draws.chance(profile.placeholder_birth):
        return draws.pick(PLACEHOLDER_BIRTHS)
    if day <= 12 and draws.chance(profile.birth_swapped):
        return year, day, month
    if draws.chance(profile.birth_off):
        near = date(year, month, day) + timedelta(days=draws.pick((-1, 1)))
        return near.year, near.month, near.day
    return _birth_mistaken(born, profile, draws)


def _birth_mistaken(born: tuple[int, int, int], profile: Profile, draws: Draws) -> tuple[int, int, int]:
    """A digit wrong (a year or a decade off), two exchanged, or another date altogether."""
    year, month, day = born
    if draws.chance(profile.birth_typo):
        return year + draws.pick((-10, -1, 1, 10)), month, min(day, 28)
    if draws.chance(profile.birth_transposed):
        return _birth_transposed(born, draws)
    if draws.chance(profile.birth_wrong):
        wrong = date(year + draws.between(-12, 12), 1, 1) + timedelta(days=draws.below(365))
        return wrong.year, wrong.month, wrong.day
    return born


def _birth_transposed(born: tuple[int, int, int], draws: Draws) -> tuple[int, int, int]:
    """Two digits of the day or the year exchanged, where that is still a date somebody alive may have: 21 for 12."""
    year, month, day = born
    turned_day, turned_year = day % 10 * 10 + day // 10, year // 100 * 100 + year % 10 * 10 + year // 10 % 10
    if 1 <= turned_day <= 28 and draws.chance(0.6):
        return year, month, turned_day
    return (turned_year, month, min(day, 28)) if 1925 <= turned_year <= 2010 else born


def country_word(country: str, profile: Profile, draws: Draws) -> str:
    """US, USA, United States or nothing."""
    return "" if draws.chance(profile.country_missing) else draws.pick(_COUNTRY_WORDS[country])


def address_as_written(address: Address, profile: Profile, draws: Draws) -> WrittenAddress:
    """One of the many ways to write an address; parts may be misspelt, abbreviated or missing."""
    place = address.place
    line1, line2 = _lines(address, profile, draws)
    city = place.city
    if city.startswith("St. ") and draws.chance(0.5):
        city = city.replace("St. ", draws.pick(("Saint ", "St ")))
    if not city.isascii() and draws.chance(profile.diacritics_lost):
        city = name_in_ascii(city)
    if draws.chance(profile.city_typo):
        city = mistyped(city, draws)
    postcode = "" if draws.chance(profile.postcode_missing) else _postcode(address, profile, draws)
    region = place.region if place.country == "US" or draws.chance(0.5) else ""
    if draws.chance(profile.address_part_missing):
        part = draws.below(3)
        line1, line2 = ("", "") if part == 0 else (line1, line2)
        city, region = ("" if part == 1 else city), ("" if part == 2 else region)
    return WrittenAddress(
        line1, line2, city, region, postcode, place.country, country_word(place.country, profile, draws)
    )


def _postcode(address: Address, profile: Profile, draws: Draws) -> str:
    postcode = address.postcode
    if address.place.country == "GB":
        return draws.pick((postcode, postcode, postcode.replace(" ", ""), postcode.lower()))
    if address.place.country == "US" and draws.chance(profile.postcode_extended):
        return f"{postcode}-{draws.between(1000, 9999)}"
    if postcode.startswith("0") and draws.chance(profile.postcode_zero_lost):
        return postcode[1:]
    return postcode


def _lines(address: Address, profile: Profile, draws: Draws) -> tuple[str, str]:
    street = mistyped(address.street, draws) if draws.chance(profile.street_typo) else address.street
    country, unit = address.place.country, address.unit
    if unit and draws.chance(profile.unit_dropped):
        unit = ""
    if country == "DE":
        line = f"{_german_street(street, profile, draws)} {address.number}"
        label = draws.pick((f"Whg. {unit}", f"Wohnung {unit}", f"// {unit}"))
        return (f"{line} {label}", "") if unit and draws.chance(0.3) else (line, label if unit else "")
    short = draws.chance(profile.street_abbreviated)
    kind = ABBREVIATED_TYPES[address.kind] if short else address.kind
    if country == "GB":
        line = f"{address.number} {street} {kind}"
        if not unit:
            return line, ""
        flat = draws.pick((f"Flat {unit}", f"Flat {unit}", f"Apartment {unit}"))
        return (f"{flat}, {line}", "") if draws.chance(profile.unit_in_street) else (flat, line)
    if draws.chance(0.02):
        kind = ""
    direction = address.direction[:1] if short or draws.chance(0.2) else address.direction
    gap = "" if draws.chance(profile.street_typo * 0.1) else " "
    line = address.number + gap + " ".join(part for part in (direction, street, kind) if part)
    if not unit:
        return line, ""
    label = draws.pick((f"Apartment {unit}", f"Apt {unit}", f"Apt. {unit}", f"# {unit}", f"Unit {unit}", f"#{unit}"))
    if draws.chance(profile.unit_in_street):
        return f"{line}{draws.pick((', ', ' ', ' ', chr(10)))}{label}", ""
    return line, label


def _german_street(street: str, profile: Profile, draws: Draws) -> str:
    if draws.chance(profile.street_abbreviated) and street.lower().endswith("straße"):
        return street[:-4] + draws.pick((".", "", "."))
    return name_in_ascii(street) if draws.chance(profile.diacritics_lost) else street


def store_phone(store: int) -> str:
    """The phone number of a store, written for customers who gave none."""
    return f"+1800{200 + store}{7000 + store * 7}"


def store_email(store: int) -> str:
    """The mailbox of a store."""
    return f"store{store:03d}@store.com"

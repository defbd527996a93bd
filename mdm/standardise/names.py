"""Names of people: titles and generations set apart, capitals mended for display, tokens folded for comparison."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from nameparser import HumanName

from mdm.standardise.casing import name_case
from mdm.standardise.given_names import gender_of_title, given_roots, known_given_name
from mdm.standardise.pieces import listed, single
from mdm.standardise.policy import says_nothing
from mdm.standardise.reference import name_particles, yaml_list
from mdm.standardise.text import LONGEST_TEXT, ascii_lower, fold, fold_words, straighten
from mdm.standardise.umlauts import plain_umlauts
from mdm.standardise.values import INVALID, PLACEHOLDER, Value, value_text

_LONGEST_NAME = 200
_NICKNAME = re.compile(r"""\s*(?:\(([^()]*)\)|"([^"]*)"|“([^”]*)”|(?<=\s)'([^']{2,})'(?=\s|$))\s*""")
_TOKEN = re.compile(r"[^\s\-/&+,;._~]+")
_SIMPLE = re.compile(r"[^()\"“”,;&/\\|<>\[\]{}0-9@]+(?:, ?[^()\"“”,;&/\\|<>\[\]{}0-9@]+)?")
_SECOND_PERSON = re.compile(r"(?<=\S) (?:and|und|&|\+) \S+(?= \S)", re.IGNORECASE)
_BARE_SPACE = re.compile(r"\s*-\s+|\s+-\s*")


@dataclass(frozen=True)
class NamePart:
    """One part of a name (given, middle, family, former): as shown, what was found around it, and folded tokens."""

    value: Value
    tokens: tuple[str, ...] = ()
    nicknames: tuple[str, ...] = ()
    prefix: str | None = None
    suffix: str | None = None

    @cached_property
    def json(self) -> str:
        """The value as JSON, written once however many records have it."""
        return value_text(self.value)

    @cached_property
    def given_columns(self) -> Mapping[str, str]:
        """The matching columns of a person with this given name and no middle name; also written once."""
        return given_columns(self, ())

    @cached_property
    def family_columns(self) -> Mapping[str, str]:
        """The matching columns of a person with this family name and no former one; also written once."""
        return family_columns(self.tokens, ())


@dataclass(frozen=True)
class FullName:
    """A whole name parted; a part that is not there is ''."""

    prefix: str = ""
    given: str = ""
    middle: str = ""
    family: str = ""
    suffix: str = ""


def _key(word: str) -> str:
    return ascii_lower(word).replace(".", "").strip(",;")


def suffix_of(text: str) -> str | None:
    """The generation a suffix field names (jr, sr, ii, iii, iv), else None."""
    suffixes: dict[str, str] = yaml_list("names")["suffixes"]
    for word in text.split():
        found = suffixes.get(_key(word))
        if found:
            return found
    return None


def _is_title(word: str, *, alone: bool) -> bool:
    names = yaml_list("names")
    key = _key(word)
    return key in names["titles"] and (alone or word.endswith(".") or key not in names["titles_needing_a_dot"])


def _strip_titles(words: list[str]) -> tuple[str | None, list[str]]:
    """Titles in front, and what a doctor is of ("Dr. med."), as long as a name stays behind."""
    names = yaml_list("names")
    prefix = None
    while len(words) > 1:
        key = _key(words[0])
        if _is_title(words[0], alone=False):
            prefix = prefix or names["titles"][key]
        elif prefix is None or key not in names["title_parts"] or not (words[0].endswith(".") or words[0].islower()):
            break
        words = words[1:]
    return prefix, words


def _is_credential(words: list[str], *, behind_comma: bool) -> bool:
    """Whether the last word is a credential: "Smith, MD", "Smith M.D.", "Jane Smith MD", but not "Yo-Yo MA"."""
    names = yaml_list("names")
    word, key = words[-1], _key(words[-1])
    if key not in names["credentials"]:
        return False
    if behind_comma or "." in word:
        return True
    shouted = word.isupper()
    if key in names["credentials_that_are_names"]:
        return shouted and len(words) > 2 and not " ".join(words[:-1]).isupper()
    return shouted or len(words) > 2


def _strip_suffixes(words: list[str]) -> tuple[str | None, list[str]]:
    """Generations and credentials at the end, as long as a name stays in front."""
    names = yaml_list("names")
    suffix = None
    while len(words) > 1:
        word = words[-1]
        key = _key(word)
        behind_comma = words[-2].endswith(",") or word.startswith(",")
        if key in names["suffixes"] and (behind_comma or key not in names["suffixes_needing_a_comma"]):
            suffix = suffix or names["suffixes"][key]
        elif not _is_credential(words, behind_comma=behind_comma):
            break
        words = [*words[:-2], words[-2].rstrip(",")]
    return suffix, words


def name_tokens(text: str) -> tuple[str, ...]:
    """Folded words, umlauts plain; hyphens part them, apostrophes do not, and a lone Mc or Mac joins the next."""
    joined = yaml_list("names")["joined_prefixes"]
    tokens: list[str] = []
    pending = ""
    raw = [fold(t) for t in _TOKEN.findall(text)]
    raw = [t for t in raw if t]
    for i, token in enumerate(raw):
        if token in joined and len(token) > 1 and i + 1 < len(raw):
            pending += token
            continue
        tokens.append(plain_umlauts(pending + token))
        pending = ""
    return tuple(tokens)


def family_tokens(tokens: tuple[str, ...]) -> tuple[str, ...]:
    """The tokens of a family name without particles ("van der Berg-Klein" gives berg, klein)."""
    if len(tokens) < 2:
        return tokens
    joined: list[str] = []
    for token in tokens:
        if joined and joined[-1] in {"o", "d"}:
            joined[-1] += token
        else:
            joined.append(token)
    particles = name_particles()
    kept = tuple(t for t in joined if t not in particles)
    return kept or tuple(joined[-1:])


def standardise_name(text: str) -> NamePart:
    """One cleaned, non-blank part of a name."""
    if len(text) > _LONGEST_NAME:
        return NamePart(Value(text, fold(text[:LONGEST_TEXT]), INVALID))
    straight = straighten(text)
    if says_nothing("name", straight):
        return NamePart(Value(straight, ascii_lower(straight), PLACEHOLDER))
    nicknames = tuple(n for found in _NICKNAME.findall(straight) for part in found for n in name_tokens(part))
    bare = _NICKNAME.sub(" ", straight).strip() if nicknames else straight
    bare = _BARE_SPACE.sub("-", bare.strip(" ,;-/|*_") or bare)
    prefix, words = _strip_titles(bare.split())
    suffix, words = _strip_suffixes(words)
    bare = " ".join(words)
    tokens = name_tokens(bare)
    shown = name_case(bare)
    if nicknames and tokens:
        shown = name_case(straight) if prefix is None and suffix is None else shown
    if not tokens or "@" in text or any(c.isdigit() for c in bare):
        mark = PLACEHOLDER if not tokens or says_nothing("name", bare) else INVALID
        return NamePart(Value(straight, fold(text) or ascii_lower(straight), mark))
    if says_nothing("name", bare):
        return NamePart(Value(shown, "".join(tokens), PLACEHOLDER), prefix=prefix, suffix=suffix)
    return NamePart(Value(shown, "".join(tokens), None), tokens, nicknames, prefix, suffix)


@lru_cache(maxsize=1024)
def standardise_prefix(text: str) -> Value:
    """A title in its usual spelling: "MR" gives "Mr."."""
    names = yaml_list("names")
    known = names["titles_of_a_prefix_field"].get(_key(text)) or names["titles"].get(_key(text))
    if known:
        return Value(known, fold(known))
    return Value(text, fold(text), PLACEHOLDER if says_nothing("name", text) or not fold(text) else None)


@lru_cache(maxsize=1024)
def gender_of_prefix(text: str) -> str | None:
    """male or female when a prefix field says so (Mrs., Herr Dr.), in the spelling of the column gender."""
    return gender_of_title(fold_words(text.replace(".", "")))


@lru_cache(maxsize=1024)
def standardise_suffix(text: str) -> Value:
    """A generation in its usual spelling: "junior" gives "Jr."; other suffixes (PhD) pass."""
    known = suffix_of(text)
    if known:
        return Value(str(yaml_list("names")["suffix_display"][known]), known)
    return Value(text, fold(text), PLACEHOLDER if says_nothing("name", text) or not fold(text) else None)


def _particle(word: str) -> bool:
    return fold(word) in name_particles()


def _split_western(words: list[str]) -> tuple[str, str, str]:
    """Given, middle and family of "Given Middle van der Family"; one word is a given name."""
    if len(words) == 1:
        return words[0], "", ""
    start = len(words) - 1
    weak = yaml_list("names")["particles_not_starting_a_family_name"]
    for i in range(1, len(words) - 1):
        if (
            _particle(words[i])
            and fold(words[i]) not in weak
            and (words[i].islower() or all(map(_particle, words[i:-1])))
        ):
            start = i
            break
    return words[0], " ".join(words[1:start]), " ".join(words[start:])


def _by_library(text: str) -> FullName:
    """Anything unusual (brackets, several commas, "and"): nameparser's reading."""
    try:
        name = HumanName(text)
        return FullName(str(name.title), str(name.first), str(name.middle), str(name.last), str(name.suffix))
    except Exception:  # the library promises nothing for adversarial text; such a value is kept whole
        return FullName()


def _without_suffix_parts(text: str) -> tuple[str, str | None]:
    """A name of several commas without its parts that are generations and credentials ("Smith, Jr., John"); the first
    generation among them."""
    if text.count(",") < 2:
        return text, None
    first, *others = (part.strip() for part in text.split(","))
    left_out = [part for part in others if part and _only_suffixes(part.split())]
    kept = [first, *(part for part in others if part and part not in left_out)]
    return ", ".join(kept), next((s for part in left_out if (s := suffix_of(part))), None)


@lru_cache(maxsize=1024)
def parse_full_name(text: str) -> FullName:
    """Parts of a cleaned, non-blank whole name: "Linda R Parker Jr", "Parker, Linda R", "Dr. Jan van Wijk", "Cher"."""
    if len(text) > _LONGEST_NAME or says_nothing("name", straighten(text)):
        return FullName()
    # "John & Mary Smith": the first of the two
    straight, between = _without_suffix_parts(_SECOND_PERSON.sub("", straighten(text).strip(" ,;")))
    if not _SIMPLE.fullmatch(straight):
        if "@" in straight or not any(map(str.isalpha, straight)):
            return FullName()
        return _by_library(straight)
    family_first, comma, rest = straight.partition(",")
    rest_words = rest.split()
    if comma and rest_words and not _only_suffixes(rest_words):
        prefix, given_words = _strip_titles(rest_words)
        suffix, given_words = _strip_suffixes(given_words)
        family_suffix, family_words = _strip_suffixes(family_first.split())
        # "Cheyenne, van Rijnsbergen": a particle opens a family name, so the comma stands behind the given one
        if len(given_words) > 1 and given_words[0].islower() and _particle(given_words[0]) and len(family_words) == 1:
            given_words, family_words = family_words, given_words
        return FullName(
            prefix or "",
            given_words[0],
            " ".join(given_words[1:]),
            " ".join(family_words),
            suffix or family_suffix or between or "",
        )
    prefix, words = _strip_titles(straight.split())
    suffix, words = _strip_suffixes(words)
    words = [w.rstrip(",") for w in words if w.strip(",")]
    if not words:
        return FullName()
    given, middle, family = _split_western(words)
    if prefix and not family:  # "Mr. Parker"
        given, family = "", given
    return FullName(prefix or "", given, middle, family, suffix or between or "")


def _only_suffixes(words: list[str]) -> bool:
    names = yaml_list("names")
    return all(_key(w) in names["suffixes"] or _key(w) in names["credentials"] for w in words)


def standardise_full_name(text: str) -> Value:
    """A whole name as shown, compared by its tokens in written order, titles and generation aside."""
    part = standardise_name(text)
    if part.value.mark is not None:
        return part.value
    parsed = parse_full_name(text)
    words = [p for p in (parsed.given, parsed.middle, parsed.family) if p]
    if words and all(says_nothing("name", w) for w in words):
        return replace_mark(part.value, PLACEHOLDER)
    return Value(name_case(straighten(text)), part.value.comparable)


def replace_mark(value: Value, mark: str) -> Value:
    """The same value with a mark."""
    return Value(value.display, value.comparable, mark)


def given_columns(given: NamePart, middle: tuple[str, ...]) -> Mapping[str, str]:
    """The columns given, given_known, given_roots, givens and name_gender; tokens of a middle name are among givens."""
    particles = name_particles()
    known, gender = known_given_name(given.tokens)
    rest = (*given.tokens[1:], *middle)
    givens = [*given.tokens[:1], *(t for t in rest if t not in particles or len(t) == 1)]
    return {
        "given": single("given", givens[0] if givens else None),
        "given_known": single("given_known", known),
        "given_roots": listed("given_roots", given_roots(given.tokens, given.nicknames) if given.tokens else ()),
        "givens": listed("givens", givens),
        "name_gender": single("name_gender", gender),
    }


def family_columns(family: tuple[str, ...], former: tuple[str, ...]) -> Mapping[str, str]:
    """The columns family and family_tokens, of the tokens of the family name and of a former one."""
    return {
        "family": single("family", "".join(family)),
        "family_tokens": listed("family_tokens", dict.fromkeys((*family_tokens(family), *family_tokens(former)))),
    }


__all__ = [
    "FullName",
    "NamePart",
    "family_columns",
    "gender_of_prefix",
    "given_columns",
    "name_tokens",
    "parse_full_name",
    "replace_mark",
    "standardise_full_name",
    "standardise_name",
    "standardise_prefix",
    "standardise_suffix",
    "suffix_of",
]

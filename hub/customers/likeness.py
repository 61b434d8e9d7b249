"""Who may be the same person as a customer: a "maybe" with its reasons, never a fact.

The rule of this file: pure. A likeness gives nobody anything: not a tier, not a value, not a conversation. A person
confirms it by a merge, or refuses it once and for all. Two customers are compared only if they have a key in common
that few have; so a number that ten thousand share compares nobody.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Final, Literal

from anyascii import anyascii

from hub.storage.possible_matches import PARTED
from hub.storage.search_words import fold, is_by_character, split

Reason = Literal["same_account", "same_number", "same_mailbox", "same_name", "same_sound", "same_birthday"]
# How much each reason says. Two people of one name are common, of one name and one birthday rare
WEIGHTS: Final[Mapping[Reason, int]] = {
    "same_account": 60,
    "same_number": 50,
    "same_name": 35,
    "same_mailbox": 30,
    "same_sound": 30,
    "same_birthday": 25,
}
LEAST: Final = 30  # a score below it is shown to nobody
MOST_KEYS: Final = 60  # of one customer
SHORTEST_NUMBER: Final = 7  # digits that two numbers have in common at their ends
LONGEST: Final = 64  # characters of a key
_MOST_KEPT: Final = 4_096  # names whose words are remembered: each is compared with up to hundreds
# the names of mailboxes that many organisations have
OF_MANY: Final = frozenset(
    ("info", "office", "mail", "email", "hello", "contact", "admin", "kontakt", "post", "service", "sales", "support")
)
# Chinese surnames of two characters, the common ones
_TWO: Final = frozenset(
    "欧阳 司马 上官 诸葛 东方 皇甫 尉迟 公孙 令狐 司徒 夏侯 慕容 端木 歐陽 司馬 諸葛 東方 尉遲 公孫".split()
)


@dataclass(frozen=True, slots=True)
class Likeness:
    """What is compared of a customer, and of all for whom they stand. `numbers` and `mailboxes`: addresses;
    `accounts`: numbers of what they hold; `household`: ids of those with whom they are known to live."""

    id: str
    names: Collection[str] = ()
    numbers: Collection[str] = ()
    mailboxes: Collection[str] = ()
    accounts: Collection[str] = ()
    birthdays: Collection[str] = ()
    household: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Maybe:
    customer_id: str
    score: int
    reasons: tuple[Reason, ...]  # the weightiest first


@dataclass(frozen=True, slots=True)
class Refusal:
    """Somebody has said that these two are two people, although these reasons were there."""

    customer_id: str
    reasons: frozenset[str]


def list_keys(one: Likeness) -> set[str]:
    """By what others are found who may be the same: a letter for the kind, and what must be equal."""
    keys = {f"n{name}" for each in one.names for name in _list_names(each)}
    keys |= {f"p{digits[-SHORTEST_NUMBER:]}" for digits in _list_numbers(one)}
    keys |= {f"m{part}" for part in _list_local_parts(one)}
    keys |= {f"a{account}" for account in _list_accounts(one)}
    return {key[:LONGEST] for key in sorted(keys)[:MOST_KEYS]}


def compare(one: Likeness, other: Likeness) -> Maybe | None:
    """The same, whichever of the two comes first, apart from the id. None: they are not alike, or are known to live
    together and so are two."""
    if one.id == other.id or other.id in one.household or one.id in other.household:
        return None
    found: set[Reason] = set()
    if _list_accounts(one) & _list_accounts(other):
        found.add("same_account")
    if any(_is_same_number(mine, theirs) for mine in _list_numbers(one) for theirs in _list_numbers(other)):
        found.add("same_number")
    if _list_local_parts(one) & _list_local_parts(other):
        found.add("same_mailbox")
    if alike := {kind for mine in one.names for theirs in other.names if (kind := _compare_names(mine, theirs))}:
        found.add("same_name" if "same_name" in alike else "same_sound")
    if {*one.birthdays} & {*other.birthdays}:
        found.add("same_birthday")
    reasons = tuple(sorted(found, key=lambda reason: (-WEIGHTS[reason], reason)))
    score = sum(WEIGHTS[reason] for reason in reasons)
    is_enough = score >= LEAST and reasons != ("same_birthday",)
    return Maybe(other.id, score, reasons) if is_enough else None


def rank(one: Likeness, others: Iterable[Likeness], refusals: Iterable[Refusal], most: int) -> list[Maybe]:
    """The likeliest first. Whoever was refused comes again only for a reason that is stronger than all that were
    known when somebody refused."""
    refused: dict[str, set[str]] = {}
    for each in refusals:
        refused.setdefault(each.customer_id, set()).update(each.reasons)
    found = []
    for other in others:
        maybe = compare(one, other)
        if maybe is None:
            continue
        if maybe.customer_id in refused and not _is_stronger(maybe.reasons, refused[maybe.customer_id]):
            continue
        found.append(maybe)
    return sorted(found, key=lambda each: (-each.score, each.customer_id))[:most]


def _is_stronger(reasons: Iterable[Reason], known: Collection[str]) -> bool:
    if PARTED in known:  # somebody has undone their merge: nothing says more
        return False
    strongest = max((WEIGHTS[reason] for reason in WEIGHTS if reason in known), default=0)
    return any(reason not in known and WEIGHTS[reason] > strongest for reason in reasons)


# ---- names ---------------------------------------------------------------------------------------------


def _compare_names(one: str, other: str) -> Literal["same_name", "same_sound", ""]:
    if not (set(_list_names(one)) & set(_list_names(other))):
        return ""
    mine, theirs = _script_of(one), _script_of(other)
    if mine and theirs and mine != theirs:  # written in characters that differ: 伟 and 薇 only sound alike
        return ""
    return "same_name" if bool(mine) == bool(theirs) and _is_latin(one) == _is_latin(other) else "same_sound"


@lru_cache(_MOST_KEPT)
def _script_of(name: str) -> str:
    """The characters of a name that is written in characters; empty for any other."""
    pieces = split(fold(name))
    return "".join(pieces) if pieces and all(is_by_character(piece) for piece in pieces) else ""


@lru_cache(_MOST_KEPT)
def _is_latin(name: str) -> bool:
    return all(piece.isascii() for piece in split(fold(name)))


@lru_cache(_MOST_KEPT)
def _list_names(name: str) -> Sequence[str]:
    """The words of a name in Latin letters, in one order: the given name may come first or last, and may be one word
    or two. Empty for a single word, which many share."""
    characters = _script_of(name)
    if characters:
        words = _split_characters(characters)
    else:
        joined = "".join(one for one in fold(name) if one not in "-‐‑'’.")
        words = [folded for piece in split(joined) if (folded := fold(anyascii(piece)).replace("`", ""))]
    if len(words) < 2 or len(words) > 6:
        return []
    spellings = [words]
    if len(words) == 3:
        spellings += [[words[0], words[1] + words[2]], [words[0] + words[1], words[2]]]
    return [" ".join(sorted(one)) for one in spellings]


def _split_characters(characters: str) -> list[str]:
    """林伟明: the surname, and the given name as one word."""
    of_surname = 2 if characters[:2] in _TWO and len(characters) > 2 else 1
    parts = [characters[:of_surname], characters[of_surname:]]
    return [fold(anyascii(part)).replace(" ", "") for part in parts if part]


# ---- numbers, mailboxes, accounts ----------------------------------------------------------------------


def _list_numbers(one: Likeness) -> set[str]:
    """Digits without the zeros that dial out."""
    every = {_digits(number).lstrip("0") for number in one.numbers}
    return {digits for digits in every if len(digits) >= SHORTEST_NUMBER}


def _is_same_number(one: str, other: str) -> bool:
    """701740101 and 46701740101: the shorter is the end of the longer."""
    mine, theirs = sorted((one, other), key=len)
    return theirs.endswith(mine)


def _digits(number: str) -> str:
    return "".join(each for each in number if each in "0123456789")


def _list_local_parts(one: Likeness) -> set[str]:
    parts = {mailbox.partition("@")[0].partition("+")[0].casefold() for mailbox in one.mailboxes if "@" in mailbox}
    return {part for part in parts if len(part) > 3 and not _is_one_letter(part)} - OF_MANY


def _is_one_letter(text: str) -> bool:
    return len(list(groupby(text))) == 1


def _list_accounts(one: Likeness) -> set[str]:
    known = {"".join(each for each in fold(account) if each.isalnum()) for account in one.accounts}
    return {account for account in known if len(account) > 3}

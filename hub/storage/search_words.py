"""What is searched of a customer, and what a query asks for: letters, words and digits, without any database.

The rule of this file: both databases and the reading of a found row use these functions, so that they agree. A query
is data: nothing in it has a meaning beside its letters and digits.

Text is compared without accents and case; `ø`, `đ`, `ł` and the dotless `ı` count as the letters below them. Scripts
without spaces (Chinese, Japanese, Korean) are read character by character, all others word by word:
    word        a term of a query begins a word of the name, of a mailbox or of an account
    characters  a term stands anywhere in the name; the name's reading in Latin letters is searched as words too
    digits      four or more stand anywhere in a telephone number or an account, however they are written
All terms of a query must be found.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from itertools import pairwise
from typing import Final
from zlib import crc32

from anyascii import anyascii

LONGEST_QUERY: Final = 320  # characters; no name and no address is longer
LONGEST_PREFIX: Final = 12  # of a word, as a token; longer terms are found by it and then compared
LONGEST_NAME: Final = 200
LONGEST_READ: Final = 8  # characters: what is longer is a company's name, and few type that in Latin letters
FEWEST_DIGITS: Final = 4  # of a part of a number: three fit every hundredth customer

_LETTERS: Final = str.maketrans(
    {"ı": "i", "ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "ħ": "h"}
)
_ACCENTS: Final = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]")
_APOSTROPHES: Final = "'’‘ʼ`"  # O'Brien is one word
_BY_CHARACTER: Final = (
    *((0x2E80, 0x2FDF), (0x3005, 0x3007), (0x3021, 0x302F), (0x3031, 0x312F), (0x31A0, 0x31BF), (0x31F0, 0x31FF)),
    *((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xAC00, 0xD7AF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF)),
)
_NUMBER: Final = re.compile(r"(?<![^\W_])[+(]*[0-9][0-9\s()./+–-]*(?![^\W_])")
_PIECES: Final = re.compile(r"[0-9]+")
_ASCII_WORDS: Final = re.compile(r"[0-9A-Za-z]+")
_DROPPED: Final = str.maketrans("", "", _APOSTROPHES)
_BITS: Final = 0x7FFFFFFF
_SPACE, _GRAM = crc32(b" "), crc32(b"#")
_MOST_KEPT: Final = 8_192  # characters and words that are remembered: the parts of names come again and again


class Match(IntEnum):
    """How well a customer fits a query: the least is the best."""

    ADDRESS = 0  # the query is an address or an account of theirs
    NAME = 1  # it is their name
    BEGINS = 2  # it begins their name
    PART = 3


@dataclass(frozen=True, slots=True)
class Searched:
    """What is searched of one customer. `words`: a space before each. `digits`: the same for numbers."""

    name: str
    words: str
    digits: str


@dataclass(frozen=True, slots=True)
class Way:
    """One way to meet a term: all of these must stand in the words and the digits."""

    words: tuple[str, ...]
    digits: tuple[str, ...]
    tokens: frozenset[int]


@dataclass(frozen=True, slots=True)
class Query:
    """`name`: as `Searched.name`. `terms`: each is met in one of its ways."""

    name: str
    terms: tuple[tuple[Way, ...], ...]

    def find_match(self, one: Searched) -> Match | None:
        """None: it does not fit. Addresses are looked up elsewhere."""
        if not self.terms or not all(any(_is_met(way, one) for way in ways) for ways in self.terms):
            return None
        if one.name == self.name:
            return Match.NAME
        return Match.BEGINS if one.name.startswith(self.name) else Match.PART


def _is_met(way: Way, one: Searched) -> bool:
    return all(word in one.words for word in way.words) and all(part in one.digits for part in way.digits)


def fold(text: str) -> str:
    """Without accents and case, and with the digits of every script as 0 to 9."""
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKD", text).casefold().translate(_LETTERS)
    text = unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFKD", text)))
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(one)) if unicodedata.category(one) == "Nd" else one for one in text)


def split(folded: str) -> list[str]:
    """The words and the runs of characters, in their order."""
    if folded.isascii():
        return _ASCII_WORDS.findall(folded.translate(_DROPPED))
    pieces: list[str] = []
    last = ""  # the kind of the character before
    for one in folded:
        kind = _kind_of(one)
        if kind == "dropped":
            continue
        if kind and kind == last:
            pieces[-1] += one
        elif kind:
            pieces.append(one)
        last = kind
    return pieces


@lru_cache(_MOST_KEPT)
def _kind_of(one: str) -> str:
    if one.isascii():
        return "word" if one.isalnum() else "dropped" if one in _APOSTROPHES else ""
    if is_by_character(one):
        return "character"
    if one in _APOSTROPHES:
        return "dropped"
    category = unicodedata.category(one)
    return "dropped" if category == "Cf" else "word" if category[0] in "LMN" else ""


def is_by_character(piece: str) -> bool:
    return piece[0] > "\u2e00" and _is_character(piece[0])


@lru_cache(_MOST_KEPT)
def _is_character(one: str) -> bool:
    return any(first <= ord(one) <= last for first, last in _BY_CHARACTER)


def _join(pieces: Iterable[str]) -> list[str]:
    """Runs of characters that only a space parts are one: 王 小明 is 王小明."""
    joined: list[str] = []
    for piece in pieces:
        if joined and is_by_character(piece) and is_by_character(joined[-1]):
            joined[-1] += piece
        else:
            joined.append(piece)
    return joined


def read_name(name: str) -> str:
    """A name as names are compared."""
    return " ".join(_join(split(fold(name))))


def describe(
    name: str,
    numbers: Collection[str],
    mailboxes: Collection[str],
    accounts: Collection[str],
    other_names: Collection[str] = (),
) -> Searched:
    """What is searched of a customer with this name, and with these addresses and accounts. `other_names`: of those
    for whom they stand after merges."""
    of_name = _join(split(fold(name)))
    pieces = [*of_name, *(piece for one in other_names for piece in _join(split(fold(one))))]
    pieces += [reading for piece in pieces if is_by_character(piece) for reading in _list_readings(piece)]
    for one in (*mailboxes, *accounts):
        pieces += _join(split(fold(one)))
    digits = ["".join(_PIECES.findall(fold(one))) for one in (*numbers, *accounts)]
    return Searched(
        " ".join(of_name)[:LONGEST_NAME],
        "".join(f" {piece}" for piece in dict.fromkeys(pieces)),
        "".join(f" {one}" for one in dict.fromkeys(digits) if len(one) >= FEWEST_DIGITS),
    )


@lru_cache(_MOST_KEPT)
def _list_readings(piece: str) -> Sequence[str]:
    """A name in characters as people type it in Latin letters, without tones: each syllable, and from each to the
    end. So 林嘉怡 is found by lin jiayi, linjiayi and jia yi. A character has one reading here, the usual one."""
    if len(piece) > LONGEST_READ:
        return []
    syllables = [one for one in (fold(anyascii(character)) for character in piece) if one.isalnum() and one.isascii()]
    rest = ["".join(syllables[at:]) for at in range(len(syllables))]
    return [*rest, *syllables]


def list_tokens(words: str, digits: str) -> set[int]:
    """The tokens by which a row is found. Hashes: the index then holds no text, and what is found is compared."""
    found: set[int] = set()
    for piece in words.split(" ")[1:]:
        if is_by_character(piece):
            found.update(_hash(one) for one in (*piece, *map("".join, pairwise(piece))))
        else:
            found.update(_list_beginnings(piece[:LONGEST_PREFIX]))
    for number in digits.split(" ")[1:]:
        found.update(_list_grams(number))
    return found


def _hash(text: str) -> int:
    """31 bits, which every integer of both databases holds."""
    return crc32(text.encode()) & _BITS


@lru_cache(_MOST_KEPT)
def _list_beginnings(word: str) -> Sequence[int]:
    """`_hash` of a space and each beginning of the word, each from the one before."""
    found, last = [], _SPACE
    for one in word:
        last = crc32(one.encode(), last)
        found.append(last & _BITS)
    return found


def _list_grams(digits: str) -> set[int]:
    """`_hash` of a # and each four digits."""
    data = digits.encode()
    return {crc32(data[at : at + 4], _GRAM) & _BITS for at in range(len(data) - 3)}


def read_query(text: str) -> Query:
    """What somebody types. Without letters and digits, or longer than any name, it fits nobody."""
    if len(text) > LONGEST_QUERY:
        return Query("", ())
    folded = fold(text)
    terms: dict[tuple[Way, ...], None] = {}
    at = 0
    for number in _NUMBER.finditer(folded):
        terms |= dict.fromkeys(_read_words(folded[at : number.start()]))
        terms[_read_number(number[0])] = None
        at = number.end()
    terms |= dict.fromkeys(_read_words(folded[at:]))
    return Query(read_name(text), tuple(terms))


def _read_words(folded: str) -> Iterable[tuple[Way, ...]]:
    for piece in split(folded):
        if is_by_character(piece):
            pairs = list(map("".join, pairwise(piece)))
            yield (Way((piece,), (), frozenset(map(_hash, pairs or [piece]))),)
        else:
            yield (_read_word(piece),)


def _read_word(piece: str) -> Way:
    return Way((f" {piece}",), (), frozenset((_hash(f" {piece[:LONGEST_PREFIX]}"),)))


def _read_number(written: str) -> tuple[Way, ...]:
    """Digits of a number, or words that happen to be digits. A leading zero is dialled only within its country, and a
    country code is written without one."""
    parts = [_read_word(piece) for piece in _PIECES.findall(written)]
    as_words = Way(
        tuple(word for part in parts for word in part.words), (), frozenset().union(*(part.tokens for part in parts))
    )
    digits = "".join(_PIECES.findall(written.replace("(0)", "")))
    digits = digits.lstrip("0") if len(digits.lstrip("0")) >= FEWEST_DIGITS else digits
    if len(digits) < FEWEST_DIGITS:
        return (as_words,)
    return Way((), (digits,), frozenset(_list_grams(digits))), as_words


def list_whole_addresses(text: str) -> tuple[str, ...]:
    """The addresses that a query may be, as they are stored: a mailbox in lower case, a number in E.164."""
    text = text.strip()
    if not text or len(text) > LONGEST_QUERY:
        return ()
    if "@" in text:
        return (text.lower(),)
    digits = "".join(_PIECES.findall(fold(text).replace("(0)", "")))
    if not digits or split(fold(text)) != _PIECES.findall(fold(text)):
        return ()
    international = digits[2:] if digits.startswith("00") else digits
    return (f"+{international}", digits)

"""Reads the values of a mail's header: text, addresses, message ids.

The rule of this file: every function accepts whatever a stranger wrote, up to `MAX_VALUE` characters, returns
something usable in linear time, and never raises. (The standard library's header parser raises on some values and
takes seconds over others.)

Sources: RFC 5322 (addresses, ids), RFC 2047 (encoded words), RFC 6532 (UTF-8 in headers).
"""

import binascii
import quopri
import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from channels.mail.charsets import decode_text

MAX_VALUE: Final = 16_384  # so many characters of one header value are read

_ENCODED_WORD = re.compile(r"=\?([^?\s]{1,75})\?([bBqQ])\?([^?]*)\?=")
_ADDRESS_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"?|<([^<>]*)>?|([,;:])|(\()|([^"<>,;:()]+)|.', re.DOTALL)
_QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)
# Characters that only show in what they do to the word around them: the soft hyphen, and the joiners and non-joiners
# of Persian, Hindi and emoji.
_SPELLING: Final = "\u00ad\u200c\u200d"
_MESSAGE_ID = re.compile(r"<\s*([^<>\s]{1,990})\s*>")
_LOCAL = re.compile(r"[^\s\x00-\x20\x7f@<>()\[\]\\,;:\".]+(?:\.[^\s\x00-\x20\x7f@<>()\[\]\\,;:\".]+)*")
_LABEL = re.compile(r"[^\W_](?:[\w-]{0,61}[^\W_])?")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One address of a header. `address` is normalised, or "" if it is not usable. `name` is for display."""

    name: str
    address: str


def repair(value: str, charset: str = "utf-8") -> str:
    """Plain text on one line, from a value as the parser left it: raw bytes as surrogates, folded lines."""
    value = value[:MAX_VALUE]
    if not value.isascii():
        value = decode_text(value.encode("utf-8", "surrogateescape"), charset)
    return value.replace("\r", "").replace("\n", "").strip()


def decode_words(value: str) -> str:
    """Decode the encoded words of RFC 2047. Mailers also put them inside quotes or words, and cut a character in
    two."""
    pieces: list[str] = []
    pending, pending_charset, end = b"", "", 0
    for match in _ENCODED_WORD.finditer(value):
        between = value[end : match.start()]
        charset = match[1].partition("*")[0].lower()  # RFC 2231 allows "charset*language"
        adjacent = end > 0 and not between.strip()
        if not (adjacent and charset == pending_charset):
            pieces.append(decode_text(pending, pending_charset))
            pending = b""
        if not adjacent:
            pieces.append(between)
        pending, pending_charset, end = pending + _decode_word(match[2], match[3]), charset, match.end()
    pieces.append(decode_text(pending, pending_charset))
    return "".join(pieces) + value[end:]


def _decode_word(encoding: str, text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    if encoding in "qQ":
        return quopri.decodestring(data.replace(b"\n", b""), header=True)
    data = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
    try:
        return binascii.a2b_base64(data[: len(data) - (len(data) % 4 == 1)] + b"==")
    except binascii.Error:
        return b""


def clean_line(text: str) -> str:
    """The text for display on one line, with single blanks, without control or direction-changing characters."""
    shown = "".join(
        " " if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") and c not in _SPELLING else c for c in text
    )
    return " ".join(shown.split())


def parse_unstructured(value: str) -> str:
    """The text of a subject or another free field."""
    return clean_line(decode_words(value))


def parse_address(text: str) -> str:
    """The address in the one form that is shown, matched and answered. "" if it is not plain.

    A plain address is local@domain within the limits of RFC 5321, without a quoted local part, a comment or an
    address literal. Those are rare, and programs read them in different ways. Case does not matter: `Pia@X` is
    `pia@x`.
    """
    if any(is_misleading(character) for character in text):
        return ""
    local, at, domain = text.rpartition("@")
    labels = domain.split(".")
    if any(_mixes_alphabets(part) for part in (local, *labels)):
        return ""
    plain = (
        at
        and len(local.encode("utf-8", "replace")) <= 64
        and len(domain) <= 253
        and _LOCAL.fullmatch(local)
        and all(_LABEL.fullmatch(label) for label in labels)
    )
    return f"{local}@{domain}".lower() if plain else ""


def is_misleading(character: str) -> bool:
    """Whether a reader overlooks this character or takes it for another. Some are not visible. Some, like U+212A, the
    sign of Kelvin, become an ASCII letter in lower case."""
    if character.isascii():
        return False
    return unicodedata.category(character)[0] in "CZ" or character.lower().isascii()


def _mixes_alphabets(word: str) -> bool:
    """Whether the word mixes alphabets whose letters look alike, such as a Cyrillic a among Latin letters."""
    if word.isascii():
        return False
    alphabets = {unicodedata.name(letter, "").partition(" ")[0] for letter in word if letter.isalpha()}
    return len(alphabets & {"LATIN", "CYRILLIC", "GREEK"}) > 1


def is_one_mailbox(value: str) -> bool:
    """Whether every program reads the same address here: exactly one, outside quotes, comments and groups."""
    found: set[str] = set()
    position = 0
    while position < len(value):
        match = _ADDRESS_TOKEN.match(value, position)
        assert match is not None  # the last alternative takes any character
        position = match.end()
        quoted, in_angle, _, opens, plain = match.groups()
        if opens:
            _, position = _read_comment(value, position)
        elif in_angle is not None and match[0].endswith(">"):
            found.add(parse_address(in_angle.strip()))
        elif plain is not None:
            found |= {parse_address(plain.strip())} if "@" in plain else set()
        elif quoted is None or not (len(match[0]) > 1 and match[0].endswith('"')):
            return False  # a separator, or a bracket or quote without its other half
    return len(found) == 1 and "" not in found


def parse_addresses(value: str) -> tuple[Mailbox, ...]:
    """The mailboxes of an address header, also those inside groups. Entries without an address are left out."""
    found: list[Mailbox] = []
    words: list[str] = []
    comment = ""
    angle: str | None = None
    position, length = 0, len(value)

    def flush() -> None:
        nonlocal comment, angle
        text = "".join(words).strip()
        if angle is not None or "@" in text:
            address = parse_address(angle or text)
            name = clean_line(decode_words(comment if angle is None else text))
            found.append(Mailbox("" if name.lower() == address else name, address))
        words.clear()
        comment, angle = "", None

    while position < length:
        match = _ADDRESS_TOKEN.match(value, position)
        assert match is not None  # the last alternative takes any character
        position = match.end()
        quoted, in_angle, separator, opens, plain = match.groups()
        if quoted is not None:
            words.append(_QUOTED_PAIR.sub(r"\1", quoted))
        elif in_angle is not None:
            angle = angle or in_angle.strip()
        elif separator == ":" and "@" not in "".join(words[-3:]):
            words.clear()  # the name of a group
        elif separator in (",", ";"):
            flush()
        elif opens:
            comment, position = _read_comment(value, position)
        else:
            words.append(plain or separator or "")
    flush()
    return tuple(found)


def _read_comment(value: str, start: int) -> tuple[str, int]:
    """(text, place behind it) of a comment that opened just before `start`. Comments may nest."""
    depth, position = 1, start
    while position < len(value) and depth:
        character = value[position]
        depth += (character == "(") - (character == ")")
        position += 2 if character == "\\" else 1
    return value[start : position - (depth == 0)].strip(), position


def parse_message_ids(value: str) -> tuple[str, ...]:
    """The message ids, each once, in order, with angle brackets. Ids that came without brackets get them."""
    ids = _MESSAGE_ID.findall(value)
    if not ids and "<" not in value:
        ids = [word for word in value.split() if not set(word) & set('>()",;')]
    return tuple(dict.fromkeys(f"<{each}>" for each in ids))

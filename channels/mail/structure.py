"""The structure of a mail: its headers and parts, as `email.parser` reads them after broken lines are mended.

The rule of this file: a broken line among the headers does not end them, as it would in the standard library. If
other headers follow it, it is left out; otherwise the body begins with it. Parts are found at any depth up to
`MAX_DEPTH`, but never inside an attached mail, which is somebody else's.

Sources: RFC 5322 2.2 (header fields) and 4.5 (obsolete: blanks before the colon), RFC 2046 (multipart).
"""

import re
from collections.abc import Iterator
from email.errors import MissingHeaderBodySeparatorDefect
from email.message import Message
from email.parser import BytesParser
from email.policy import Compat32
from typing import Final

from channels.mail.headers import repair

MAX_HEADER_BYTES: Final = 262_144  # of all headers of the mail itself
MAX_HEADERS: Final = 1_000
MAX_LINES: Final = 500_000  # 25 MB in base64 are 340,000
MAX_PARTS: Final = 250
MAX_DEPTH: Final = 40


class UnreadableMail(Exception):
    """The mail is over one of the limits above. The message says which."""


class _AsWritten(Compat32):
    """A policy that gives header values as decoded plain text on one line, not as half-parsed objects."""

    def header_fetch_parse(self, name: str, value: str) -> str:
        return repair(value)


_PARSER: Final = BytesParser(policy=_AsWritten())
_HEADER_END: Final = re.compile(rb"\r?\n\r?\n")
_LONE_CR: Final = re.compile(rb"\r(?!\n)")
_LINE: Final = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_FIELD: Final = re.compile(rb"([\x21-\x39\x3b-\x7e]+)[ \t]*:")
# Fields that are headers even after a broken line. Other words with a colon, such as "Note:", may begin the body.
_KNOWN: Final = re.compile(
    rb"(?:from|to|cc|bcc|sender|reply-to|subject|date|message-id|in-reply-to|references|mime-version|received"
    rb"|return-path|delivered-to|auto-submitted|precedence|organi[sz]ation|authentication-results"
    rb"|(?:content|list|x|dkim|arc|resent|received|user|thread|disposition|feedback)-[a-z0-9-]+)[ \t]*:",
    re.IGNORECASE,
)


def read_structure(raw: bytes) -> Message:
    """The mail as a tree of parts. Raises UnreadableMail."""
    raw = raw.removeprefix(b"\xef\xbb\xbf").replace(b"\r\r\n", b"\r\n")
    end = _HEADER_END.search(raw, 0, MAX_HEADER_BYTES + 4)
    head_ends = end.start() if end is not None else min(len(raw), MAX_HEADER_BYTES)
    # A CR alone does not end a line (RFC 5322 2.3), but the parser below would think so.
    raw = _LONE_CR.sub(b" ", raw[:head_ends]) + raw[head_ends:]
    if end is None and len(raw) > MAX_HEADER_BYTES:
        raise UnreadableMail("its headers are too large")
    if raw.count(b"\n") > MAX_LINES:
        raise UnreadableMail("it has too many lines")
    if raw.lower().count(b"boundary") > MAX_PARTS:
        raise UnreadableMail("it has too many parts")
    message: Message = _PARSER.parsebytes(mend_headers(raw))
    if len(message) > MAX_HEADERS:
        raise UnreadableMail("it has too many headers")
    return message


def mend_headers(raw: bytes) -> bytes:
    """The mail without the broken lines of its headers that a known header follows, and without blanks before a
    colon.

    Authentication-Results that only mending brings to light are left out, too. The mail host removes forged ones, but
    may have overlooked these.
    """
    kept: list[bytes] = []
    loose: list[bytes] = []  # lines that are not headers, as far as is known
    is_changed, is_mended, is_left_out, position = False, False, False, 0
    while position < min(len(raw), MAX_HEADER_BYTES):
        match = _LINE.match(raw, position)
        assert match is not None  # the pattern matches anything
        line = match[0]
        if not line.strip(b"\r\n"):
            break
        field = _FIELD.match(line)
        if line[:1] in b" \t" or (not position and line.startswith(b"From ")):
            if not is_left_out:
                (loose or kept).append(line)
        elif field is None or (loose and not _KNOWN.match(line)):
            loose.append(line)
            is_left_out = False
        else:
            is_mended |= bool(loose)
            has_blanks = field.end() > len(field[1]) + 1
            is_changed |= is_mended or has_blanks
            loose = []
            is_left_out = (is_mended or has_blanks) and field[1].lower() == b"authentication-results"
            if not is_left_out:
                kept.append(field[1] + b":" + line[field.end() :])
        position = match.end()
    if loose:  # the body begins here, without an empty line before it
        position -= sum(map(len, loose))
    return b"".join(kept) + (b"\r\n" if loose and kept else b"") + raw[position:] if is_changed or loose else raw


def parts_of(message: Message) -> list[Message]:
    """The parts of a multipart; the one mail inside an attached mail."""
    parts = message.get_payload()
    return [part for part in parts if isinstance(part, Message)] if isinstance(parts, list) else []


def write_messages(part: Message) -> bytes:
    """The bytes of an attached mail, as well as the standard library can write again what it has read."""
    written = []
    for each in parts_of(part):
        try:
            written.append(each.as_bytes())
        except (UnicodeError, LookupError, ValueError, TypeError, AttributeError, KeyError):  # a part of it is broken
            written.append("".join(f"{name}: {value}\n" for name, value in each.items()).encode("utf-8", "replace"))
    return b"\n".join(written)


def list_leaves(message: Message) -> list[Message]:
    """The parts that are no multiparts, in order. Raises UnreadableMail."""
    return [part for part in _walk(message) if not _is_branch(part)]


def list_branches(message: Message) -> list[Message]:
    """Each multipart, outermost first. `parts_of` gives its parts. Raises UnreadableMail."""
    return [part for part in _walk(message) if _is_branch(part)]


def _is_branch(part: Message) -> bool:
    return part.get_content_maintype() == "multipart" and part.is_multipart()


def _walk(message: Message) -> Iterator[Message]:
    waiting = [(message, 0)]
    count = 0
    while waiting:
        part, depth = waiting.pop()
        count += 1
        if count > MAX_PARTS or depth > MAX_DEPTH:
            raise UnreadableMail("it has too many parts" if count > MAX_PARTS else "its parts nest too deep")
        yield part
        if _is_branch(part):
            _mend_parts(part)
            waiting.extend((each, depth + 1) for each in reversed(parts_of(part)))


def _mend_parts(branch: Message) -> None:
    """Read each part again, without the broken line, if such a line has ended its headers too early."""
    parts = branch.get_payload()
    if not isinstance(parts, list):
        return
    for place, part in enumerate(parts):
        if not any(isinstance(defect, MissingHeaderBodySeparatorDefect) for defect in part.defects):
            continue
        head = "".join(f"{name}: {value}\r\n" for name, value in part.raw_items())
        del part["Content-Transfer-Encoding"]  # its body stays as it came, since part of it is headers
        payload = part.get_payload(decode=True)
        raw = head.encode("utf-8", "surrogateescape") + (payload if isinstance(payload, bytes) else b"")
        mended = mend_headers(raw)
        parts[place] = _PARSER.parsebytes(mended)

"""Finds what the mail host in front of the hub says of a mail's sender.

The rule of this file: believe one header only, the topmost Authentication-Results of the configured host (RFC 8601),
and only if the From is single and plain. A header that leaves a doubt proves nothing. The host must remove forged
headers with its own name. The caller asks only about mail that came from a trusted network.

The From domain is proven (RFC 7489) by dmarc=pass, or by dkim=pass or spf=pass for an aligned domain. An aligned
domain is of the same organisation, by the public suffix list. A failed dmarc result outweighs everything else.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from publicsuffixlist import PublicSuffixList

from channels.mail.headers import is_misleading

_LONGEST: Final = 8_192
SEMICOLON, EQUALS = "\0;", "\0="  # signs that no word can equal
_TOKEN: Final = re.compile(
    r"""(?P<blank>\s+)
      | (?P<comment>\()
      | "(?P<quoted>(?:[^"\\]|\\.)*)"
      | (?P<sign>[;=])
      | (?P<plain>[^\s();="]+)
      | (?P<broken>.)""",
    re.VERBOSE | re.DOTALL,
)
_QUOTED_PAIR: Final = re.compile(r"\\(.)", re.DOTALL)
_METHOD: Final = re.compile(r"([a-z0-9-]+)(?:/[0-9]+)?")
_VERSION: Final = "1"


class Unreadable(Exception):
    """The header breaks RFC 8601 so that its parts cannot be told apart."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One result, in lower case: e.g. dkim, pass, {"header.d": ("mail.example",)}."""

    method: str
    result: str
    properties: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class ProvenAddresses:
    """For which addresses of a mail the mail host vouches."""

    of_sender: bool = False
    of_reply_to: bool = False


def find_proven_addresses(
    from_address: str,
    results: Sequence[str],
    trusted_authserv_id: str,
    signatures: Sequence[str] = (),
    *,
    is_for_us: bool = True,
) -> ProvenAddresses:
    """Whether the trusted host vouches for the domain of `from_address`, and for the answer's address.

    `results`: values of Authentication-Results, topmost first. `signatures`: all values of DKIM-Signature.
    `is_for_us`: To or Cc names a mailbox of ours.

    Anyone who has a signed mail can hand it in again (RFC 6376 8.6), with a Reply-To of their own (8.15), or with
    more text after the part that the signature covers (8.2). So if the sender's own server has not delivered it
    (SPF), the mail must be addressed to us, and each signature of the sender's organisation must cover all of the
    body. It must also cover Reply-To if answers are to go there. An unsigned mail cannot have been handed in again in
    this way.
    """
    domain = from_address.rpartition("@")[2]
    findings = _find_verdict(results, trusted_authserv_id) if domain else ()
    if not any(_proves(each, domain) for each in findings):
        return ProvenAddresses()
    if any(each.method == "spf" and _proves(each, domain) for each in findings) or not signatures:
        return ProvenAddresses(True, True)
    tags = [_read_tags(each) for each in signatures]
    theirs = [each for each in tags if _is_aligned(each.get("d", ""), domain)]
    if not is_for_us or any("l" in each for each in theirs):
        return ProvenAddresses()
    covered = ["reply-to" in each.get("h", "").split(":") for each in theirs]
    return ProvenAddresses(True, bool(covered) and all(covered))


def _read_tags(signature: str) -> dict[str, str]:
    """The tags of a signature (RFC 6376 3.2), in lower case and without blanks."""
    pairs = (each.partition("=") for each in "".join(signature[:_LONGEST].lower().split()).split(";"))
    return {name: value for name, _, value in pairs}


def _find_verdict(results: Sequence[str], trusted_authserv_id: str) -> tuple[Finding, ...]:
    """The trusted host's findings. None of them if the header cannot be read or DMARC failed."""
    host = trusted_authserv_id.lower()
    if not host:
        return ()
    for value in results:
        try:
            authserv_id, findings = parse_results(value)
        except Unreadable:
            # It may be the trusted host's header, and anybody may have written those below it.
            if host in value.lower():
                return ()
            continue
        if authserv_id == host:
            failed = any(each.method == "dmarc" and each.result == "fail" for each in findings)
            return () if failed else findings
    return ()


def parse_results(value: str) -> tuple[str, tuple[Finding, ...]]:
    """(authserv-id in lower case, its findings) of one Authentication-Results value. Raises Unreadable."""
    if len(value) > _LONGEST:
        raise Unreadable
    head, *statements = _split(_tokens(value))
    authserv_id, *version = [token for token in head if token is not None] or [EQUALS]
    if EQUALS in (authserv_id, *version):
        raise Unreadable
    if version not in ([], [_VERSION]):  # a version that is not known here
        raise Unreadable
    return authserv_id, tuple(finding for each in statements if (finding := _read(each)) is not None)


def _tokens(value: str) -> Iterator[str | None]:
    """Words in lower case, SEMICOLON and EQUALS. None stands for a blank; a comment counts as one. Quoted text
    belongs to the word that it touches."""
    position, word, is_word = 0, "", False
    while position < len(value):
        match = _TOKEN.match(value, position)
        assert match is not None  # the last alternative takes any character
        position = match.end()
        if match["quoted"] is not None or match["plain"]:
            word += _QUOTED_PAIR.sub(r"\1", match["quoted"] or "") + (match["plain"] or "")
            is_word = True
            continue
        if is_word:
            yield _plain(word)
            word, is_word = "", False
        if match["sign"]:
            yield SEMICOLON if match["sign"] == ";" else EQUALS
        elif match["comment"]:
            position = _skip_comment(value, position)
            yield None
        elif match["blank"]:
            yield None
        else:  # a quotation mark without its other half
            raise Unreadable
    if is_word:
        yield _plain(word)


def _plain(word: str) -> str:
    lower = "".join(each if is_misleading(each) else each.lower() for each in word)
    return lower.replace(SEMICOLON, "").replace(EQUALS, "")


def _skip_comment(value: str, start: int) -> int:
    depth, position = 1, start
    while depth:
        if position >= len(value):
            raise Unreadable
        depth += (value[position] == "(") - (value[position] == ")")
        position += 2 if value[position] == "\\" else 1
    return position


def _split(tokens: Iterable[str | None]) -> list[list[str | None]]:
    """Split the tokens at the semicolons."""
    statements: list[list[str | None]] = [[]]
    for token in tokens:
        if token == SEMICOLON:
            statements.append([])
        else:
            statements[-1].append(token)
    return statements


def _read(statement: Sequence[str | None]) -> Finding | None:
    """The finding of one statement. None if it says "none" or is of an unknown form."""
    pairs = list(_pairs(statement))
    method = _METHOD.fullmatch(pairs[0][0]) if pairs else None
    if method is None:
        if any(token is not None and "dmarc" in token for token in statement):
            raise Unreadable  # it may say "fail"
        return None
    properties: dict[str, list[str]] = {}
    for name, value in pairs[1:]:
        properties.setdefault(name, []).append(value)
    return Finding(method[1], pairs[0][1], {name: tuple(values) for name, values in properties.items()})


def _pairs(statement: Sequence[str | None]) -> Iterator[tuple[str, str]]:
    """The pairs "name = value". A value ends at a blank. It may contain "=", as the mailboxes of lists do."""
    name, value, is_value, has_pair = "", "", False, False
    for token in statement:
        if is_value:
            if token is None and value:
                yield name, value
                name, value, is_value, has_pair = "", "", False, True
            elif token is not None:
                value += "=" if token == EQUALS else token
        elif token == EQUALS:
            is_value = bool(name)
        elif token is not None:  # blanks may stand around a method's version
            name = token if has_pair else name + token
    if is_value:
        yield name, value


def _proves(finding: Finding, domain: str) -> bool:
    if finding.result != "pass":
        return False
    match finding.method:
        case "dmarc":
            return _domain_of(finding, "header.from", default=domain) == domain
        case "dkim":
            signer = _domain_of(finding, "header.d") or _domain_of(finding, "header.i")
            return _is_aligned(signer, domain)
        case "spf":
            return _is_aligned(_domain_of(finding, "smtp.mailfrom"), domain)
        case _:
            return False


def _domain_of(finding: Finding, name: str, default: str = "") -> str:
    """The domain in this property. "" if the property stands there twice."""
    values = finding.properties.get(name, (default,))
    return values[0].rpartition("@")[2].rstrip(".") if len(values) == 1 else ""


def _is_aligned(checked: str, domain: str) -> bool:
    """Relaxed alignment: both belong to one organisation (RFC 7489 3.1)."""
    if checked == domain:
        return "." in domain
    organisation = _suffixes().privatesuffix(domain)
    return organisation is not None and _suffixes().privatesuffix(checked) == organisation


@cache  # reading it takes 40 ms
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()

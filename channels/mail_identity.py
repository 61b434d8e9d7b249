"""Who a mail is from, as far as the mail host in front of the hub has checked it.

The rule of this file: believe one header only, the topmost Authentication-Results of the configured host (RFC
8601), and only for a From that is single and plain. That host must remove forged headers of its own name, and
only mail that came from a trusted network is asked about at all (the caller sees to that).

What proves the From domain (RFC 7489): dmarc=pass; or dkim=pass or spf=pass for an aligned domain, that is the
same one, or one of them inside the other.
"""

import re
from collections.abc import Sequence
from typing import Final

_COMMENT: Final = re.compile(r"\([^()]*\)")
_RESULT: Final = re.compile(r"\s*(dmarc|dkim|spf)\s*=\s*([a-z]+)", re.IGNORECASE)
_PROPERTY: Final = re.compile(
    r"(header\.from|header\.d|header\.i|smtp\.mailfrom)\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE
)
_LONGEST: Final = 8_192


def is_proven(from_address: str, results: Sequence[str], trusted_authserv_id: str) -> bool:
    """Whether the trusted host vouches for the domain of `from_address`. `results`: header values, topmost first."""
    domain = from_address.rpartition("@")[2]
    if not (domain and trusted_authserv_id):
        return False
    for value in results:
        authserv_id, _, rest = _strip_comments(value[:_LONGEST]).partition(";")
        if authserv_id.split()[:1] == [trusted_authserv_id.lower()]:
            return any(_proves(each, domain) for each in rest.split(";"))
    return False


def _strip_comments(value: str) -> str:
    """Without comments, in lower case. What stays open after three levels is no honest header."""
    for _ in range(3):
        value = _COMMENT.sub(" ", value)
    return "" if "(" in value else value.lower()


def _proves(result: str, domain: str) -> bool:
    match = _RESULT.match(result)
    if match is None or match[2] != "pass":
        return False
    properties = {name: value.rpartition("@")[2].rstrip(".") for name, value in _PROPERTY.findall(result)}
    match match[1]:
        case "dmarc":
            return bool(properties.get("header.from", domain) == domain)
        case "dkim":
            return _is_aligned(properties.get("header.d") or properties.get("header.i", ""), domain)
        case _:
            return _is_aligned(properties.get("smtp.mailfrom", ""), domain)


def _is_aligned(checked: str, domain: str) -> bool:
    shorter, longer = sorted((checked, domain), key=len)
    return "." in shorter and (shorter == longer or longer.endswith(f".{shorter}"))

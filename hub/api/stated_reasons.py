"""The reason that a person states for looking at a customer whom they have no work of.

The rule of this file: a reason is in a header or in the body of a request, never in its address, which proxies,
browsers and logs keep.
"""

from typing import Final
from urllib.parse import unquote

from aiohttp import web

from hub.access.reading import LONGEST_REASON

HEADER: Final = "Hub-Reason"  # UTF-8, percent-encoded as in an address (RFC 3986): a header holds Latin letters alone


def read_reason(request: web.Request) -> str:
    """Empty if none is stated. What cannot be printed is left out."""
    return tidy(unquote(request.headers.get(HEADER, ""), errors="replace"))


def tidy(reason: str) -> str:
    return "".join(one if one.isprintable() else " " for one in reason).strip()[:LONGEST_REASON]

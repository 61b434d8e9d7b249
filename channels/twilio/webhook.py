"""What the provider posts to us: the signature over it, its form, its ids.

The rule of this file: nothing gets past the door that our provider did not sign for our account. The door itself
answers 400, 403 and 413, so a handler begins with a form that was read. Only `read` leaves it to its caller to answer
a signed form that nobody can read. The signature is checked here and not by the
SDK: its validator raises on a missing signature, is not constant in time and takes 200 us where this takes 15.

Signature (twilio.com/docs/usage/security): base64 of HMAC-SHA1 with the auth token over the address and the
sorted parameters, each name followed by its sorted distinct values.
"""

import binascii
import hmac
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

from aiohttp import web

from channels.twilio.account import TwilioAccount

Form = Mapping[str, str]
Parsed = TypeVar("Parsed")

SIGNATURE_HEADER = "X-Twilio-Signature"
FORM_TYPE = "application/x-www-form-urlencoded"
MOST_BYTES = 128 * 1024  # a form with ten media addresses has 5 kB
MOST_FIELDS = 500
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


class BadForm(ValueError):
    """The form does not follow the provider's documentation. The message names the field, never its value."""


def parse_form(body: bytes) -> list[tuple[str, str]]:
    """Decode application/x-www-form-urlencoded strictly, keeping empty values. Raises BadForm."""
    try:
        text = body.decode("ascii").replace("+", " ")
    except UnicodeDecodeError:
        raise BadForm("the form is not percent-encoded") from None
    if not text:
        return []
    if "%" in text and _BROKEN_ESCAPE.search(text):
        raise BadForm("the form has a broken percent escape")
    items = text.split("&")
    if len(items) > MOST_FIELDS:
        raise BadForm("the form has too many fields")
    fields = []
    try:
        for item in items:
            name, equals, value = item.partition("=")
            if not equals:
                raise BadForm("the form has a field without a value")
            if "%" in item:
                name, value = unquote(name, errors="strict"), unquote(value, errors="strict")
            fields.append((name, value))
    except UnicodeDecodeError:
        raise BadForm("the form is not UTF-8") from None
    return fields


def join_fields(fields: Iterable[tuple[str, str]]) -> str:
    """The part of a signed text that follows the address. The pairs are sorted by name, then by value."""
    return "".join([name + value for name, value in sorted(set(fields))])


def compute_signature(auth_token: bytes, text: str) -> bytes:
    """The signature of an address followed by the joined fields."""
    digest = hmac.digest(auth_token, text.encode("utf-8", "surrogatepass"), "sha1")
    return binascii.b2a_base64(digest, newline=False)


class WebhookDoor:
    """Lets in what the provider signed for our account."""

    def __init__(self, account: TwilioAccount) -> None:
        self._token = account.auth_token.encode()
        self._account_sid = account.account_sid
        self._bases = _spellings(account.public_url.rstrip("/"))

    async def parse(self, request: web.Request, parse: Callable[[Form], Parsed]) -> Parsed:
        """Check a request, read its form and return what `parse` makes of it. If `parse` raises BadForm, the answer
        is 400. Raises 400, 403 and 413 as HTTP answers."""
        try:
            return parse(await self.read(request))
        except BadForm as error:
            raise web.HTTPBadRequest(text=str(error)) from None

    async def check(self, request: web.Request) -> None:
        """Check a request whose form nobody needs. Raises as `parse` does."""
        await self.parse(request, lambda form: None)

    async def read(self, request: web.Request) -> Form:
        """The form of a signed request. Raises BadForm for one that our provider signed and nobody can read, and 403
        and 413 as HTTP answers."""
        signature = request.headers.get(SIGNATURE_HEADER, "")
        if not signature:
            raise web.HTTPForbidden(text="the signature is missing")
        length = request.content_length
        if length is not None and length > MOST_BYTES:
            raise web.HTTPRequestEntityTooLarge(MOST_BYTES, length)
        body = await request.read()
        if len(body) > MOST_BYTES:
            raise web.HTTPRequestEntityTooLarge(MOST_BYTES, len(body))
        problem = None if request.content_type == FORM_TYPE else BadForm("the body is not a form")
        fields: list[tuple[str, str]] = []
        if problem is None:
            try:
                fields = parse_form(body)
            except BadForm as error:
                problem, fields = error, _parse_broken_form(body)
        if not self.is_signed(request.raw_path, fields, signature):
            raise web.HTTPForbidden(text="the signature is wrong")
        if problem is not None:
            raise problem
        form = dict(fields)
        if form.get("AccountSid") != self._account_sid:
            raise web.HTTPForbidden(text="AccountSid is not ours")
        return form

    def is_signed(self, path_and_query: str, fields: Iterable[tuple[str, str]], signature: str) -> bool:
        """Whether the signature holds over our public address with that path. Constant time."""
        given = signature.encode("utf-8", "surrogatepass")
        rest = path_and_query + join_fields(fields)
        return any(hmac.compare_digest(compute_signature(self._token, base + rest), given) for base in self._bases)


def get_sid(form: Form, name: str, pattern: re.Pattern[str]) -> str:
    """The id in a field. Raises BadForm unless it has its pattern: names and values are signed without a
    separator, so a pattern is what keeps a value from spilling into the next name."""
    sid = form.get(name, "")
    if not pattern.fullmatch(sid):
        raise BadForm(f"{name} is missing or malformed")
    return sid


def get_text(form: Form, name: str) -> str:
    """The text in a field, which may be empty. Raises BadForm when the field is missing."""
    if name not in form:
        raise BadForm(f"{name} is missing")
    return form[name].replace("\0", "\N{REPLACEMENT CHARACTER}")  # PostgreSQL stores no NUL


def _parse_broken_form(body: bytes) -> list[tuple[str, str]]:
    """What can be read of a form that `parse_form` refuses, only to see whether our provider signed it."""
    return parse_qsl(body.decode("ascii", "surrogateescape"), keep_blank_values=True, errors="surrogateescape")


def _spellings(public_url: str) -> tuple[str, ...]:
    """The address as configured, then with and without its port: the provider signs over either."""
    url = urlsplit(public_url)
    host = url.netloc.rpartition(":")[0] if url.port else url.netloc
    port = url.port or (443 if url.scheme == "https" else 80)
    without = url._replace(netloc=host).geturl()
    with_port = url._replace(netloc=f"{host}:{port}").geturl()
    return tuple(dict.fromkeys((public_url, without, with_port)))

"""The proofs of a chat: the token that shows whose chat it is, and the host site's word on its customer.

The rule of this file: pure functions over secrets. Every comparison takes constant time.

A host site that knows its customer signs an identity on its server and gives it to the widget:
`base64url(JSON) "." base64url(HMAC-SHA256(identity secret, the first part))`, both without padding. The JSON has
`address` (stable and unique on that site), `name`, and `expires_at` in seconds since 1970.
"""

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, ValidationError

from channels.webchat.chat_wire import EventRefused, Line, refuse_nul


class Identity(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    address: Annotated[
        str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True), AfterValidator(refuse_nul)
    ]
    name: Line = ""
    expires_at: int


def build_token(secret: str, chat_id: str) -> str:
    """The token that proves, after a reload, that a chat is the customer's own."""
    return hmac.new(secret.encode(), chat_id.encode(), hashlib.sha256).hexdigest()


def is_proven(secret: str, chat_id: str, token: str) -> bool:
    return hmac.compare_digest(build_token(secret, chat_id).encode(), token.encode())


def sign_identity(secret: str, identity: Identity) -> str:
    """The text for the widget's `identity` attribute. A host site does the same in its own language."""
    body = _encode(identity.model_dump_json().encode())
    return f"{body}.{_encode(_sign(secret, body))}"


def read_identity(secret: str, text: str, now: float) -> Identity:
    """The identity that the host site signed. Raises EventRefused if it is forged, malformed or out of date."""
    body, _, signature = text.partition(".")
    try:
        if not secret or not hmac.compare_digest(_sign(secret, body), _decode(signature)):
            raise EventRefused("identity_refused")
        identity = Identity.model_validate(json.loads(_decode(body)))
    except (Base64Error, UnicodeError, ValueError, RecursionError, ValidationError) as malformed:
        raise EventRefused("identity_refused") from malformed
    if identity.expires_at <= now:
        raise EventRefused("identity_refused")
    return identity


def _sign(secret: str, body: str) -> bytes:
    return hmac.new(secret.encode(), body.encode(), hashlib.sha256).digest()


def _encode(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))

"""The access token with which a softphone registers, checked as the provider checks it.

The rule of this file: a token is good only with its signature, its account, its key and its time. Nothing in it is
believed before.

Source: twilio.com/docs/iam/access-tokens. A token is a JWT (RFC 7519) signed with the secret of an API key (HS256).
"""

from dataclasses import dataclass
from typing import Any, Final

import jwt

FORM: Final = "twilio-fpa;v=1"


class TokenRefused(Exception):
    """`code` is for the program at the other end, the message for its reader."""

    def __init__(self, code: str, what: str) -> None:
        super().__init__(what)
        self.code = code


@dataclass(frozen=True, slots=True)
class Access:
    """What a token allows. `application`: the one that it may call; empty: none. `expires_at`: seconds since 1970."""

    identity: str
    expires_at: float
    may_be_called: bool
    application: str


@dataclass(frozen=True, slots=True)
class TokenCheck:
    """`secret`: of the API key. Without one, no softphone can register."""

    account_sid: str
    key_sid: str
    secret: str

    def read(self, token: str) -> Access:
        """Raises TokenRefused."""
        if not self.secret:
            raise TokenRefused("no_key", "The sandbox was started without an API key, so nobody can register.")
        try:
            if jwt.get_unverified_header(token).get("cty") != FORM:
                raise TokenRefused("bad_token", f"The token is no access token: its cty is not {FORM}.")
            claims = jwt.decode(
                token,
                self.secret,
                algorithms=["HS256"],
                issuer=self.key_sid,
                options={"require": ["exp", "iss", "sub", "grants"]},
            )
        except jwt.ExpiredSignatureError:
            raise TokenRefused("token_expired", "The token has expired. Ask the hub for another one.") from None
        except jwt.InvalidTokenError as error:
            raise TokenRefused("bad_token", f"The token is not valid: {error}.") from None
        if claims["sub"] != self.account_sid:
            raise TokenRefused("bad_token", "The token is of another account.")
        return _read_grants(claims)


def _read_grants(claims: dict[str, Any]) -> Access:
    match claims["grants"]:
        case {"identity": str(identity), "voice": dict(voice)} if identity:
            incoming, outgoing = voice.get("incoming"), voice.get("outgoing")
            application = outgoing.get("application_sid") if isinstance(outgoing, dict) else None
            return Access(
                identity,
                float(claims["exp"]),
                isinstance(incoming, dict) and incoming.get("allow") is True,
                application if isinstance(application, str) else "",
            )
    raise TokenRefused("bad_token", "The token names no identity, or grants no voice.")

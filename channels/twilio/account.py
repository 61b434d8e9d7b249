"""The account with the phone and SMS provider, and the patterns of its ids.

The rule of this file: plain data, checked once. Everything that speaks to the provider gets a `TwilioAccount`.
"""

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

ACCOUNT_SID = re.compile(r"AC[0-9a-f]{32}")
CALL_SID = re.compile(r"CA[0-9a-f]{32}")
CONFERENCE_SID = re.compile(r"CF[0-9a-f]{32}")
RECORDING_SID = re.compile(r"RE[0-9a-f]{32}")
MESSAGE_SID = re.compile(r"(?:SM|MM)[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class TwilioAccount:
    """`public_url` is the hub's address as the provider sees it. Signatures cover this address, not the Host header.

    Raises ValueError if a value is malformed. With an empty token, anybody could sign.
    """

    account_sid: str
    auth_token: str = field(repr=False)
    public_url: str
    api_url: str = "https://api.twilio.com"  # the sandbox's address where there is no provider
    timeout_seconds: float = 10.0  # for one request to the provider, without the time to connect

    def __post_init__(self) -> None:
        if not self.auth_token:
            raise ValueError("auth_token is empty")
        if not ACCOUNT_SID.fullmatch(self.account_sid):
            raise ValueError("account_sid is not AC and 32 hexadecimal digits")
        for name in ("public_url", "api_url"):
            url = urlsplit(getattr(self, name))
            if url.scheme not in ("http", "https") or not url.hostname or url.username or url.query:
                raise ValueError(f"{name} is not an http(s) address")
        if self.timeout_seconds <= 0:
            raise ValueError("timeout_seconds is not positive")

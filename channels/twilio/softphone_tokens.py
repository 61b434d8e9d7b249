"""The tokens with which an agent's browser registers as a telephone at the provider.

The rule of this file: a token is good for one thing. With an agent's token calls can be answered and none can be
made. With the token of a check one call can be made, to the hub's echo, and none can be answered.

Source: twilio.com/docs/iam/access-tokens. A token names its region in its header (`twr`), and a browser must connect
to that region. Both follow from the address of the REST API, so that the hub calls where its browsers listen. The
identity of a token for voice consists of letters, digits and underscores.
"""

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import VoiceGrant

CLIENT: Final = "client:"  # begins the address of a browser
CHECKING: Final = "CHECK_"  # begins the identity of a browser that only hears its own echo; no agent's has capitals
TOKEN_SECONDS: Final = 600
CHECK_SECONDS: Final = 60
_REGIONAL = re.compile(r"api\.([a-z0-9-]+)\.([a-z0-9-]+)\.twilio\.com")  # api.<edge>.<region>.twilio.com


def name_browser(agent_id: str) -> str:
    """The identity of an agent's browser, of no other agent: ids have hyphens, which the provider does not take."""
    return agent_id.replace("_", "__").replace("-", "_h")


def name_check(agent_id: str) -> str:
    return CHECKING + name_browser(agent_id)


def find_browser(address: str) -> str:
    """What the provider calls for this address, which the hub writes as `client:<agent's id>`. Another stays as it
    is."""
    return CLIENT + name_browser(address.removeprefix(CLIENT)) if address.startswith(CLIENT) else address


@dataclass(frozen=True, slots=True)
class SoftphoneKey:
    """`sid` and `secret`: an API key of the account. `echo_application_sid`: the provider's name of the application
    that asks the hub's echo; empty: there is no check of one's own voice."""

    account_sid: str
    sid: str
    secret: str = field(repr=False)
    api_url: str
    echo_application_sid: str = ""

    @property
    def edge(self) -> str:
        """Where a browser connects, e.g. `dublin`; empty: wherever the provider chooses."""
        return self._place[0]

    def mint(self, agent_id: str) -> str:
        """A token for the calls of one agent, good for `TOKEN_SECONDS`."""
        return self._sign(name_browser(agent_id), VoiceGrant(incoming_allow=True), TOKEN_SECONDS)

    def mint_check(self, agent_id: str) -> str:
        """A token for one check of an agent's own voice, good for `CHECK_SECONDS`. Raises ValueError if there is no
        application for it."""
        if not self.echo_application_sid:
            raise ValueError("there is no application for the echo")
        grant = VoiceGrant(outgoing_application_sid=self.echo_application_sid)
        return self._sign(name_check(agent_id), grant, CHECK_SECONDS)

    @property
    def _place(self) -> tuple[str, str]:
        found = _REGIONAL.fullmatch(urlsplit(self.api_url).hostname or "")
        return (found[1], found[2]) if found else ("", "")

    def _sign(self, identity: str, grant: VoiceGrant, seconds: int) -> str:
        token = AccessToken(
            self.account_sid,
            self.sid,
            self.secret,
            grants=[grant],
            identity=identity,
            nbf=None,  # a provider whose clock is a second behind would refuse it
            ttl=seconds,
            region=self._place[1] or None,
        )
        return str(token.to_jwt())

"""Forbids settings that are unsafe once other machines can reach the hub.

The rule of this file: a public hub may not use the demo's conveniences: the sandbox, secrets that the hub generates,
a cookie without https. Each problem has its key and says what to do.

A hub is public if `server.host` is not loopback; 0.0.0.0 and :: (all interfaces) are public too. It is also public if
the host of `server.public_url` is not loopback: a proxy on this machine then forwards requests from everywhere.
"""

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from hub.settings.process_settings import LOOPBACK, SANDBOX, Settings
from hub.toml_files.toml_lines import Key


def is_public(file: Settings) -> bool:
    host = urlsplit(file.server.public_url).hostname if file.server.public_url else file.server.host
    return file.server.host not in LOOPBACK or host not in LOOPBACK


def check_live(file: Settings, secrets: Iterator[tuple[Key, bool]]) -> Iterator[tuple[Key, str]]:
    """The problems of a public hub's settings. A hub for this machine alone has none. `secrets`: the key of each
    secret, and whether the hub generates it."""
    if not is_public(file):
        return
    yield from _check_addresses(file)
    if file.sandbox.enabled:
        yield ("sandbox", "enabled"), f"must be false: anybody could play the customers and the providers. {_LIVE}"
    channels = file.channels
    for name, section in (("phone", channels.phone), ("sms", channels.sms)):
        if section and (section.api_base_url == SANDBOX or urlsplit(section.api_base_url).hostname in LOOPBACK):
            what = "is a stand-in for the provider: take the line away, it means https://api.twilio.com."
            yield ("channels", name, "api_base_url"), f"{what} {_LIVE}"
    if channels.email and channels.email.smtp_host == SANDBOX:
        yield ("channels", "email", "smtp_host"), f"must name the host that takes your outgoing mail. {_LIVE}"
    if not file.security.cookie_secure:
        yield ("security", "cookie_secure"), f"must be true, or sign-ins can be read on the way. {_LIVE}"
    for key, is_generated in secrets:
        if is_generated:
            what = "is made up by the hub, for this machine alone:"
            yield key, f'{what} write {{ env = "NAME" }} or {{ file = "path" }}, or take the line away. {_LIVE}'


_LIVE: Final = "(server.host or server.public_url is not this machine)"


def _check_addresses(file: Settings) -> Iterator[tuple[Key, str]]:
    url = file.server.public_url
    if not url:
        what = "is missing: others reach the hub, and need to know at which https address"
        yield ("server", "public_url"), f"{what}. {_LIVE}"
    elif urlsplit(url).scheme != "https":
        yield ("server", "public_url"), f"must begin with https://: put a proxy in front that does TLS. {_LIVE}"

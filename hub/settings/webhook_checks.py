"""What is wrong with the tables `[webhooks.<name>]` of `config.toml`.

The rule of this file: what would be refused as a request leaves is refused here too, as far as it can be known
without asking anybody.
"""

import ipaddress
import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from channels.webhooks.network_guard import is_allowed
from channels.webhooks.signing import LEAST_BYTES, PREFIX, read_key
from hub.policies.document import PolicyDocument
from hub.settings.process_settings import LOOPBACK, Settings, WebhookSection
from hub.settings.secret import find_secret
from hub.toml_files.toml_lines import Key


def check_webhooks(file: Settings, folder: Path, environ: Mapping[str, str]) -> Iterator[tuple[Key, str]]:
    for name, webhook in file.webhooks.items():
        yield from ((("webhooks", name, *key), what) for key, what in _check(webhook, folder, environ))


def find_unmatched(file: Settings, policy: PolicyDocument) -> Iterator[tuple[Key, str]]:
    """A webhook stands twice: what it is sent in the policy, and where it goes in the process's settings."""
    for name in policy.webhooks:
        if name not in file.webhooks:
            yield ("policy", "webhooks", name), f"has no address: add the table [webhooks.{name}] with url and secret"
    for name in file.webhooks:
        if name not in policy.webhooks:
            what = f"is sent nothing: say in [policy.webhooks.{name}] what is sent and which fields are filled"
            yield ("webhooks", name), what


def _check(webhook: WebhookSection, folder: Path, environ: Mapping[str, str]) -> Iterator[tuple[Key, str]]:
    try:
        parts = urlsplit(webhook.url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        yield ("url",), "has a host or a port that cannot be: correct it"
        return
    networks = [ipaddress.ip_network(one) for one in webhook.allowed_networks]
    is_named = any(network.is_loopback for network in networks)
    if webhook.is_plain and (host not in LOOPBACK or not is_named):
        what = 'must begin with https://; http:// is only for this machine, where allowed_networks = ["127.0.0.0/8"]'
        yield ("url",), f"{what} says so"
    elif _is_address(host) and not is_allowed(host, networks):
        yield ("url",), "is an address in no public network: name its network in allowed_networks if that is meant"
    if webhook.ca_file and not _is_ca_file(folder / webhook.ca_file):
        yield ("ca_file",), "holds no certificates: write the path of a PEM file, or take the line away"
    secret = find_secret(webhook.secret, folder, environ) if webhook.secret.generated is None else None
    if secret is not None and read_key(secret) is None:
        what = (
            f"is too short or no Base64: make one of at least {LEAST_BYTES} bytes, as it is, or {PREFIX} and Base64"
        )
        yield ("secret",), what


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_ca_file(path: Path) -> bool:
    try:
        ssl.create_default_context(cafile=str(path))
    except (OSError, ssl.SSLError):
        return False
    return True

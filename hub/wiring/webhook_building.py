"""Builds the webhooks that the settings declare.

The rule of this file: they are built also where none is declared, so that a request of an earlier setting still gets
its answer: that there is no such webhook.
"""

import ipaddress
import ssl
from collections.abc import Callable

from channels.webhooks.asking import Webhooks, WebhookSettings
from channels.webhooks.signing import LEAST_BYTES, read_key
from hub.settings.config import Config
from hub.settings.process_settings import WebhookSection
from hub.toml_files.problems import ConfigErrors, Problem


def build_webhooks(config: Config, wall: Callable[[], float]) -> Webhooks:
    """`wall`: seconds since 1970 UTC. Raises ConfigErrors if a secret or a certificate is not there."""
    return Webhooks({name: _build(config, name, one) for name, one in config.webhooks.items()}, wall)


def _build(config: Config, name: str, section: WebhookSection) -> WebhookSettings:
    key = read_key(config.reveal(section.secret))
    if key is None:
        raise ConfigErrors([Problem(f"webhooks.{name}.secret", f"must have at least {LEAST_BYTES} bytes")])
    authorities = str(config.folder / section.ca_file) if section.ca_file else None
    return WebhookSettings(
        url=section.url,
        key=key,
        time_limit_seconds=section.time_limit_seconds,
        most_bytes=section.max_answer_bytes,
        networks=tuple(ipaddress.ip_network(one) for one in section.allowed_networks),
        tls=None if section.is_plain else ssl.create_default_context(cafile=authorities),
    )

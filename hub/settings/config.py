"""`config.toml`, read once: process settings (`process_settings.py`), the policy (`hub.policies.document`), the demo.

The rule of this file: `load` returns frozen, typed, complete settings, or raises `ConfigErrors` with every
problem, each with key and line. A secret never stands here: it is in the environment or in a file, or is generated.
`OVERRIDES` alone names the few environment variables that override a key.
"""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, Final

import phonenumbers

from channels.channel import Channel, Hub
from channels.registry import REGISTRY
from hub.policies.document import PolicyDocument
from hub.policies.document_text import parse_policy
from hub.settings.channel_tables import find_secrets, list_addresses, take_tables
from hub.settings.demo_data import check_demo
from hub.settings.live_settings import check_live
from hub.settings.process_settings import SANDBOX, PhoneSection, Settings
from hub.settings.secret import Secret, find_secret, read_secret
from hub.settings.webhook_checks import check_webhooks, find_unmatched
from hub.storage import database_address
from hub.toml_files.problems import ConfigErrors, Finder, Problem, validate
from hub.toml_files.toml_lines import Key

OVERRIDES: Final[Mapping[str, tuple[str, ...]]] = {
    "HUB_PORT": ("server", "port"),
    "HUB_MAIL_PORT": ("channels", "email", "listen_port"),
    "HUB_DATA": ("server", "data_folder"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Config(Settings):
    """All settings of one process. Its folders are absolute paths if `folder` is one."""

    folder: Path  # of config.toml: relative paths in it begin here
    own_tables: Mapping[str, Any]  # channel -> its table, for each channel that defines its own settings
    policy_document: PolicyDocument  # imported as a numbered version at first start and by `hub apply`
    environ: Mapping[str, str] = field(repr=False, compare=False)

    @property
    def data_folder(self) -> Path:
        return self.folder / self.server.data_folder

    @property
    def media_folder(self) -> Path:
        return self.data_folder / self.media.folder

    @property
    def scripts_folder(self) -> Path | None:
        """None stands for the library that comes with the hub."""
        return self.folder / self.scripts.folder if self.scripts.folder else None

    @property
    def database_url(self) -> str:
        """The address with the password; a SQLite file is inside the data folder. Never log it."""
        password = self.reveal(self.database.password) if self.database.password else None
        return database_address.complete(self.database.url, self.data_folder, password)

    @property
    def metrics_token(self) -> str:
        """Empty if nobody may read the metrics."""
        return self.reveal(self.security.metrics_token) if self.security.metrics_token else ""

    @property
    def has_database(self) -> bool:
        """Whether the database exists. Opening a missing SQLite file would create it."""
        return database_address.is_there(self.database_url)

    @property
    def bus_password(self) -> str | None:
        return self.reveal(self.bus.password) if self.bus.password else None

    def public_url(self, port: int | None = None) -> str:
        """The public address of this hub, without a slash at the end. `port`: the bound port."""
        host = f"[{self.server.host}]" if ":" in self.server.host else self.server.host
        return self.server.public_url or f"http://{host}:{port or self.server.port}"

    def build_channel(self, name: str, hub: Hub, url: str) -> Channel:
        """Build a channel that has its own table. `url`: the hub's public address."""
        traits, table = REGISTRY[name], self.own_tables[name]
        assert traits.settings is not None and traits.build is not None
        values = {part.name: getattr(table, part.name) for part in fields(table)}
        plain = {key: self.reveal(value) if isinstance(value, Secret) else value for key, value in values.items()}
        return traits.build(traits.settings(**plain), hub, url)

    def reveal(self, secret: Secret) -> str:
        """The secret itself. Raises `ConfigErrors` if its place holds none."""
        return read_secret(secret, self.folder, self.data_folder, self.environ)


def load(path: Path, environ: Mapping[str, str] = os.environ) -> Config:
    """The settings in the file at `path`. Raises `ConfigErrors` with every problem."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigErrors([Problem("", f"cannot be read: {error}")], path.name) from error
    return parse(text, path.parent.resolve(), environ, path.name)


def parse(text: str, folder: Path, environ: Mapping[str, str] = os.environ, name: str = "config.toml") -> Config:
    """As `load`, from a text. Relative paths in it begin at `folder`."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        raise ConfigErrors(
            [Problem("", f"is not valid TOML: {error}", int(line[1]) if line else None)], name
        ) from error
    finder = Finder(text)
    problems = _override(data, environ)
    policy, more = _parse_policy(data, finder)
    problems += more
    own, more = take_tables(data, finder)
    problems += more
    file, more = validate(Settings, data, finder)
    problems += more
    if file is not None:
        problems += [finder.problem(key, what) for key, what in _check(file, own, folder, environ)]
    if file is not None and policy is not None:
        problems += [finder.problem(key, what) for key, what in _check_together(file, own, policy)]
    if file is None or policy is None or problems:
        raise ConfigErrors(problems, name)
    known = {part.name: getattr(file, part.name) for part in fields(file)}
    return Config(**known, folder=folder, own_tables=own, policy_document=policy, environ=environ)


def _override(data: dict[str, Any], environ: Mapping[str, str]) -> list[Problem]:
    problems = []
    for variable, (*tables, name) in OVERRIDES.items():
        value = environ.get(variable, "")
        table: Any = data
        for outer in tables:
            # A channel that is switched off stays so: only the server's table is made where it is missing.
            table = table.setdefault(outer, {}) if outer == "server" else table.get(outer, {})
        if not value or not isinstance(table, dict):
            continue
        if name.endswith("port") and not (value.isascii() and value.isdecimal()):
            problems.append(Problem(variable, "must be a port number: correct or unset this environment variable"))
        else:
            table[name] = int(value) if name.endswith("port") else value
    return problems


def _parse_policy(data: dict[str, Any], finder: Finder) -> tuple[PolicyDocument | None, list[Problem]]:
    table = data.pop("policy", None)
    if not isinstance(table, dict):
        return None, [finder.problem(("policy",), "is missing: add the [policy] tables")]
    try:
        return parse_policy(table, finder, ("policy",)), []
    except ConfigErrors as errors:
        return None, list(errors.problems)


def _check(
    file: Settings, own: Mapping[str, Any], folder: Path, environ: Mapping[str, str]
) -> Iterator[tuple[Key, str]]:
    secrets = [*_secrets(file), *find_secrets(own)]
    for key, secret in secrets:
        if secret.generated is None and find_secret(secret, folder, environ) is None:
            unset = f"environment variable {secret.env}, which is unset or empty: set it"
            empty = f"file {secret.file}, which is empty or cannot be read as UTF-8 text: write the secret into it"
            yield key, f"names the {unset if secret.env else empty}"
    for name, url in (("database", file.database.url), ("bus", file.bus.url)):
        if re.match(r"^[a-z+]+://[^/@]*:[^/@]+@", url):
            yield (name, "url"), f"contains a password: take it out, and name its place in {name}.password"
    if file.scripts.folder and not (folder / file.scripts.folder).is_dir():
        yield ("scripts", "folder"), "is not a folder: create it, or correct the path"
    if file.scripts.watch and file.scripts.four_eyes:
        yield (
            ("scripts", "watch"),
            "publishes what one person saved, and scripts.four_eyes asks for two: turn one off",
        )
    if file.server.edges:
        yield from _check_edges(file)
    channels = file.channels
    providers = {
        ("channels", "phone", "api_base_url"): channels.phone and channels.phone.api_base_url,
        ("channels", "sms", "api_base_url"): channels.sms and channels.sms.api_base_url,
        ("channels", "email", "smtp_host"): channels.email and channels.email.smtp_host,
    }
    for key, address in providers.items():
        if address == SANDBOX and not file.sandbox.enabled:
            yield key, "is the sandbox, which is off: set sandbox.enabled = true, or name the provider"
        if address and address != SANDBOX and key[-1] == "api_base_url" and not file.server.public_url:
            yield (
                ("server", "public_url"),
                f"is missing: write the URL at which the provider of {key[1]} reaches the hub",
            )
    if channels.phone is not None:
        yield from _check_softphones(channels.phone)
    yield from check_webhooks(file, folder, environ)
    for name, section in (("phone", channels.phone), ("sms", channels.sms)):
        for n, country in enumerate(section.countries if section else ()):
            if country not in phonenumbers.SUPPORTED_REGIONS:
                yield ("channels", name, "countries", n), "is not a country: write a code of ISO 3166, such as SE"
    yield from check_live(file, ((key, secret.generated is not None) for key, secret in secrets))


def _check_softphones(phone: PhoneSection) -> Iterator[tuple[Key, str]]:
    at = ("channels", "phone")
    if phone.api_key_sid and phone.api_key_secret is None:
        yield (*at, "api_key_sid"), "has no secret: name its place in channels.phone.api_key_secret"
    if phone.api_key_secret is not None and not phone.api_key_sid:
        yield (*at, "api_key_secret"), "belongs to no key: write the key's SK... into channels.phone.api_key_sid"
    if phone.echo_application_sid and not phone.api_key_sid:
        yield (*at, "echo_application_sid"), "needs an API key: write channels.phone.api_key_sid and api_key_secret"


def _check_edges(file: Settings) -> Iterator[tuple[Key, str]]:
    """What several processes on one machine need."""
    alone = "or set server.edges = 0"
    if file.database.url.startswith("sqlite"):
        what = "is SQLite, which serves one process, but server.edges asks for several"
        yield ("database", "url"), f"{what}: name a PostgreSQL, {alone}"
    if not file.bus.url:
        what = "is empty, but the processes that server.edges asks for wake each other through Redis"
        yield ("bus", "url"), f"{what}: name a Redis, {alone}"
    if file.sandbox.enabled:
        what = "must be false with server.edges: the sandbox lives in one process, and any edge may get its requests"
        yield ("sandbox", "enabled"), f"{what}. Set it to false, {alone}"


def _check_together(file: Settings, own: Mapping[str, Any], policy: PolicyDocument) -> Iterator[tuple[Key, str]]:
    """The problems between tables: an address that leads to no queue, an entry for an address that its channel lacks,
    a webhook of the policy without an address, and the demo's people where they name what does not exist."""
    yield from find_unmatched(file, policy)
    channels = file.channels
    known: dict[str, tuple[str, ...]] = {}
    for channel in REGISTRY:
        table = own.get(channel) or getattr(channels, channel, None)
        if table is None:
            continue
        name, known[channel] = list_addresses(table)
        if not any(channel in queue.channels for queue in policy.queues):
            continue  # where the policy says nothing of it, the first queue takes it
        for n, address in enumerate(known[channel]):
            if policy.find_entry(channel, address) is None:
                place = (name, n) if name else ()
                yield ("channels", channel, *place), "leads to no queue: add it to policy.entries"
    for n, entry in enumerate(policy.entries):
        if entry.address and entry.channel in known and entry.address not in known[entry.channel]:
            yield (
                ("policy", "entries", n, "address"),
                f"is not an address of channels.{entry.channel}: add it there, or correct it here",
            )
    if file.demo:
        yield from ((("demo", *key), what) for key, what in check_demo(file.demo, policy))


def _secrets(section: object, at: Key = ()) -> Iterator[tuple[Key, Secret]]:
    if isinstance(section, Secret):
        yield at, section
    elif isinstance(section, Mapping):
        for name, part in section.items():
            yield from _secrets(part, (*at, name))
    elif is_dataclass(section):
        for each in fields(section):
            yield from _secrets(getattr(section, each.name), (*at, each.name))

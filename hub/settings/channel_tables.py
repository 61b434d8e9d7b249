"""The tables `[channels.<name>]` of `config.toml` whose keys a channel's own dataclass defines.

The rule of this file: such a table is read like every other one. Unknown keys are errors, each problem has its key
and line, and a secret is only named here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, field, fields, make_dataclass
from typing import Any, get_type_hints

from channels.registry import REGISTRY
from channels.traits import SecretText
from hub.settings.secret import Secret
from hub.toml_files.problems import Finder, Problem, Section, validate


def take_tables(data: dict[str, Any], finder: Finder) -> tuple[dict[str, Any], list[Problem]]:
    """Remove these tables from `data`. Return (channel -> its table, all problems)."""
    found: dict[str, Any] = {}
    problems: list[Problem] = []
    tables = data.get("channels", {})
    for name, traits in REGISTRY.items():
        if traits.settings is None or not isinstance(tables, dict) or name not in tables:
            continue
        table, more = validate(channel_section(traits.settings), tables.pop(name), finder, ("channels", name))
        problems += more
        if table is not None:
            found[name] = table
    return found, problems


def channel_section(settings: type[Any]) -> type[Any]:
    """The dataclass of the table in the file: it names the place of each secret."""
    hints = get_type_hints(settings, include_extras=True)
    parts: list[Any] = []
    for each in fields(settings):
        kind = Secret if hints[each.name] is SecretText else hints[each.name]
        default = {} if each.default is MISSING else {"default": each.default}
        parts.append((each.name, kind, field(**default)))
    return make_dataclass(settings.__name__, parts, bases=(Section,), frozen=True, slots=True, kw_only=True)


def list_addresses(table: Any) -> tuple[str, tuple[str, ...]]:
    """(key, our addresses) of a channel's table. A table that lists no addresses has one empty address."""
    key = next((one for one in ("numbers", "addresses") if hasattr(table, one)), "")
    return key, getattr(table, key) if key else ("",)


def find_secrets(tables: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Secret]]:
    for name, table in tables.items():
        for each in fields(table):
            if isinstance(value := getattr(table, each.name), Secret):
                yield ("channels", name, each.name), value

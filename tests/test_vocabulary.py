"""One word per concept: the words that the project does not use are in none of its names.

Names in Python, TypeScript and Svelte, tables and columns, keys of the configuration; comments and sentences are
free. A provider has words of its own: they stand where its payloads are read and written, and nowhere else.
"""

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from hub.storage.tables import metadata

ROOT = Path(__file__).parents[1]
ROOMS = ("hub", "channels", "routing", "agent_console", "scripts_library")

# Word that is not used -> the project's own. Only words that mean nothing else in a program.
UNUSED = {
    "ticket": "interaction",
    "contact": "interaction, customer or address",
    "caller": "customer",
    "visitor": "customer",
    "urn": "address",
    "vendor": "provider",
    "gateway": "provider",
    "carrier": "provider",
    "vip": "tier",
    "bump": "boost",
    "bullseye": "ring",
    "utilisation": "load",
    "utilization": "load",
    "reservation": "offer",
    "rep": "agent",
    "playbook": "script",
    "macro": "script",
    "slide": "step",
    "dashboard": "wallboard",
    "portal": "desk",
    "sla": "service level",
}
UNUSED_PAIRS = {
    ("wrap", "code"): "disposition",
    ("skill", "group"): "queue",
    ("scheduled", "call"): "callback",
    ("response", "time"): "ASA or AHT",
    ("best", "offer"): "proposal",
}

PROVIDER_WORDS = frozenset({"twilio", "twiml"})  # the name itself may also stand where the hub is wired to it
WORDS_OF_PAYLOADS = frozenset({"caller", "carrier", "contact"})
KNOWS_THE_PROVIDER = re.compile(
    r"channels/sms\.py|channels/(phone|twilio|sandbox)/|hub/(wiring|settings)/\w+\.py|"
    r"agent_console/web/src/(sandbox/|desk/phone/twilio\.ts)"
)


def words_of(name: str) -> list[str]:
    """`parseCallSID_v2` -> parse, call, sid, v2."""
    return [part.lower() for part in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+", name)]


def python_names(tree: ast.Module) -> Iterator[str]:
    """What the file itself names: definitions, arguments, assigned names and fields."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.arg(arg=name):
                yield name
            case ast.Name(id=name, ctx=ast.Store()):
                yield name
            case ast.Attribute(attr=name, ctx=ast.Store()):
                yield name
            case ast.ExceptHandler(name=str(name)):
                yield name


TS_TEXT = re.compile(r"//[^\n]*|/\*.*?\*/|'(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\"|`(?:\\.|[^`\\])*`", re.DOTALL)
TS_NAME = re.compile(
    r"\b(?:const|let|var|function|class|interface|type|enum)\s+([A-Za-z_$][\w$]*)|([A-Za-z_$][\w$]*)\??:"
)


def script_names(text: str) -> Iterator[str]:
    """What TypeScript declares, and the names of its properties and parameters."""
    for match in TS_NAME.finditer(TS_TEXT.sub('""', text)):
        yield match[1] or match[2]


def svelte_script(text: str) -> str:
    return "\n".join(re.findall(r"<script[^>]*>(.*?)</script>", text, re.DOTALL))


def unused_words(names: Iterable[str], where: str) -> list[str]:
    found = []
    allowed = WORDS_OF_PAYLOADS if KNOWS_THE_PROVIDER.match(where) else frozenset[str]()
    for name in dict.fromkeys(names):
        words = [word for word in words_of(name) if word not in allowed]
        for word in words:
            if own := UNUSED.get(word) or UNUSED.get(word.removesuffix("s")):
                found.append(f"{where}: {name} (here we say: {own})")
        for pair in pairwise(words):
            if own := UNUSED_PAIRS.get(pair):
                found.append(f"{where}: {name} (here we say: {own})")
    return found


def files(*patterns: str) -> dict[str, str]:
    found = [
        file
        for room in ROOMS
        for pattern in patterns
        for file in sorted((ROOT / room).rglob(pattern))
        if not {"node_modules", "generated", "static"} & set(file.parts)
    ]
    return {file.relative_to(ROOT).as_posix(): file.read_text(encoding="utf-8") for file in found}


@cache
def all_names() -> Sequence[tuple[str, Sequence[str]]]:
    """Of each file, each name once."""
    found = {path: python_names(ast.parse(text)) for path, text in files("*.py").items()}
    found |= {path: script_names(text) for path, text in files("*.ts", "*.mjs").items()}
    found |= {path: script_names(svelte_script(text)) for path, text in files("*.svelte").items()}
    return [(path, list(dict.fromkeys([Path(path).stem, *names]))) for path, names in found.items()]


def test_the_codes_own_names_use_the_projects_words() -> None:
    assert [found for path, names in all_names() for found in unused_words(names, path)] == []


def test_tables_and_columns_use_the_projects_words() -> None:
    names = (name for table in metadata.tables.values() for name in (table.name, *table.columns.keys()))
    assert unused_words(names, "hub/storage/tables.py") == []


def test_the_configuration_uses_the_projects_words() -> None:
    def keys(data: object) -> Iterator[str]:
        for key, value in data.items() if isinstance(data, dict) else ():
            yield key
            yield from keys(value)
        for value in data if isinstance(data, list) else ():
            yield from keys(value)

    assert unused_words(keys(tomllib.loads((ROOT / "config.toml").read_text(encoding="utf-8"))), "config.toml") == []


def test_a_providers_word_stands_only_where_its_payload_is_parsed() -> None:
    strays = [
        f"{path}: {name}"
        for path, names in all_names()
        if not KNOWS_THE_PROVIDER.match(path)
        for name in names
        if PROVIDER_WORDS & set(words_of(name))
    ]
    assert strays == []


@pytest.mark.parametrize(
    "text",
    [
        "ticket_id = 1",
        "class CallerView: ...",
        "def f(visitor): ...",
        "self.vipLevel = 1",
        "for contact in (): ...",
        "wrap_code: int",
        "SLA = 20",
    ],
)
def test_an_unused_word_would_be_seen_in_python(text: str) -> None:
    assert len(unused_words(python_names(ast.parse(text)), "x.py")) == 1


@pytest.mark.parametrize(
    "text",
    ["const dashboard = 1", "function openTicket() {}", "interface Caller {", "type A = { visitorName?: string }"],
)
def test_an_unused_word_would_be_seen_in_typescript(text: str) -> None:
    assert len(unused_words(script_names(text), "x.ts")) == 1


@pytest.mark.parametrize(
    "text", ["// a ticket: no", "const said = 'caller: none'", "/* dashboard: x */ const desk = 1"]
)
def test_sentences_are_free(text: str) -> None:
    assert unused_words(script_names(text), "x.ts") == []

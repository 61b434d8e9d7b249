"""Nobody outside the channels asks for a channel's name: what differs between them, their traits say.

The rule of this file: the sources are read, never imported; the exemptions say why.
"""

import ast
import re
from collections.abc import Iterator

import pytest

from channels.registry import REGISTRY
from tests.imports import ROOT, imports_of, sources

ROOMS = ("hub", "routing", "agent_console", "scripts_library")
EXEMPT = (
    "hub/wiring/channels.py",  # builds each of them from its table in config.toml
    "hub/settings/",  # whose keys these are
    "hub/sending/send_rules.py",  # reads their caps there
    "hub/storage/tables.py",  # the partial index over automatic mails
    "hub/storage/transcripts.py",  # speaks that index's very words, or it is not used
    "hub/storage/migrations/",  # of the past
)
INSTANCES = re.compile(r"channels\.(\w+\.)*(PHONE|SMS|EMAIL|WEBCHAT)")
WEB = ROOT / "agent_console/web/src"
FIXED = ("widget", "sandbox", "generated")  # the chat box is the web chat; the sandbox has four devices
IN_TYPESCRIPT = re.compile(rf"channel[^\n]*'({'|'.join(REGISTRY)})'|'channel\.({'|'.join(REGISTRY)})'", re.IGNORECASE)


def names_asked(path: str, text: str) -> Iterator[str]:
    tree = ast.parse(text)
    for line, name in imports_of(path, tree):
        if INSTANCES.fullmatch(name):
            yield f"{path}:{line} imports {name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare | ast.Match | ast.Call) and any(map(is_name, constants(node))):
            asked = ast.unparse(node.subject if isinstance(node, ast.Match) else node)
            if "channel" in asked.lower():
                yield f"{path}:{node.lineno} asks: {asked}"


def constants(node: ast.Compare | ast.Match | ast.Call) -> Iterator[ast.AST]:
    match node:
        case ast.Compare():
            for side in (node.left, *node.comparators):
                yield from side.elts if isinstance(side, ast.Tuple | ast.List | ast.Set) else (side,)
        case ast.Match():
            yield from (each for case in node.cases for each in ast.walk(case.pattern))
        case ast.Call():
            if isinstance(node.func, ast.Name) and node.func.id == "ChannelName":
                yield from node.args


def is_name(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value in REGISTRY


def test_nobody_outside_the_channels_asks_for_a_channels_name() -> None:
    asked = {path: text for path, text in sources(*ROOMS).items() if not path.startswith(EXEMPT)}
    assert [each for path, text in asked.items() for each in names_asked(path, text)] == []


@pytest.mark.parametrize(
    "text",
    [
        "if interaction.channel == 'phone': pass",
        "is_text = channel in ('sms', 'email')",
        "query.where(i.channel == 'webchat')",
        "match channel:\n    case 'email' | 'sms': pass",
        "left[ChannelName('phone')]",
        "from channels.phone.traits import PHONE",
        "from channels.sms import SMS",
    ],
)
def test_who_asks_for_a_name_is_found(text: str) -> None:
    assert list(names_asked("hub/batch/performer.py", text))


@pytest.mark.parametrize("text", ["if notice.key == 'phone': pass", "if channel == name: pass", "traits.is_call"])
def test_what_asks_for_no_name_is_let_be(text: str) -> None:
    assert list(names_asked("hub/batch/performer.py", text)) == []


def test_no_screen_asks_for_a_channels_name() -> None:
    found = [
        f"{path.relative_to(WEB)}: {match[0]}"
        for path in sorted(WEB.rglob("*"))
        if path.suffix in (".ts", ".svelte") and path.relative_to(WEB).parts[0] not in FIXED
        if not re.search(r"(\.test|cast)\.ts$", path.name)
        for match in IN_TYPESCRIPT.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_a_screen_that_asks_is_found() -> None:
    assert IN_TYPESCRIPT.search("if (held.channel === 'webchat') return")
    assert IN_TYPESCRIPT.search("const CHANNELS = ['phone', 'sms']")

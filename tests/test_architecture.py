"""The import law, and what keeps the rooms apart: a star around `hub`, a core without clock or I/O."""

import ast
import re
from collections.abc import Container, Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.imports import LINES, ROOMS, ROOT, draw_map, imports_between, imports_in, imports_of_screens, sources

# What a room may import of ours besides itself. Only `hub` knows every room, and no room knows `hub`.
MAY_IMPORT = {
    "hub": ("channels", "routing", "agent_console", "scripts_library"),
    "agent_console": ("routing.model", "routing.decisions", "scripts_library.script_parts"),
    "channels": (),
    "routing": (),
    "scripts_library": (),
}

MOST_FLAT = 12  # files that stand in no folder of a room with folders

# Time, chance and the world outside come into these rooms as arguments.
PURE = ("routing", "scripts_library")
IMPURE_MODULES = re.compile(
    "asyncio|concurrent|contextvars|fcntl|glob|io|logging|multiprocessing|os|pathlib|random|secrets|select|shutil|"
    "signal|socket|sqlite3|ssl|structlog|subprocess|sys|tempfile|threading|time|urllib|uuid"
)
IMPURE_CALLS = re.compile("open|print|input|breakpoint|eval|exec|now|utcnow|today|fromtimestamp")
LOADER = "scripts_library/loader.py"  # the one file of a pure room that reads

# SQL is written in this folder alone, and what it is written with is imported by nobody else
STORAGE = "hub/storage/"
OF_SQL = (
    *("sqlalchemy", "alembic", "asyncpg", "sqlite3"),
    *(
        f"hub.storage.{name}"
        for name in ("tables", "routing_tables", "staff_tables", "mail_tables", "columns", "prepared")
    ),
)

VAGUE = re.compile("utils?|helpers?|common|misc|managers?|base|tools|stuff|shared_.*")
MOST_LINES = 400


def is_within(name: str, places: tuple[str, ...]) -> bool:
    return any(name == place or name.startswith(f"{place}.") for place in places)


def breaches_of_the_law(path: str, text: str) -> list[str]:
    room = path.partition("/")[0]
    return [
        f"{path}:{line} imports {name}"
        for line, name in imports_in(path, text)
        if name.partition(".")[0] in ROOMS and not is_within(name, (room, *MAY_IMPORT[room]))
    ]


def breaches_of_the_line(room: str, imports: dict[str, set[str]]) -> list[str]:
    """Arrows from a folder of the room to one above it."""
    place = {name: number for number, name in enumerate(LINES[room])}
    names = {part for module in imports for part in module.split(".")[1:2]}
    if room == "channels":
        place |= dict.fromkeys(names - set(place), place["sms"])
    if lost := sorted(names - set(place)):
        return [f"{room}/{name}: give it its place in LINES of tests/imports.py" for name in lost]
    return [
        f"{module} imports {other}"
        for module, others in imports.items()
        for other in sorted(others)
        if module.startswith(f"{room}.") and other.startswith(f"{room}.")
        if place[other.split(".")[1]] < place[module.split(".")[1]]
    ]


def find_circle(imports: dict[str, set[str]]) -> str:
    try:
        list(TopologicalSorter(imports).static_order())
    except CycleError as error:
        return " -> ".join(error.args[1])
    return ""


def impurities(path: str, text: str) -> list[str]:
    tree = ast.parse(text)
    found = [
        f"{path}:{line} imports {name}"
        for line, name in imports_in(path, text)
        if IMPURE_MODULES.fullmatch(name.partition(".")[0])
    ]
    for node in ast.walk(tree):
        if isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith):
            found.append(f"{path}:{node.lineno} is asynchronous")
        if isinstance(node, ast.Call):
            called = node.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if IMPURE_CALLS.fullmatch(name):
                found.append(f"{path}:{node.lineno} calls {name}()")
    return found


def test_the_rooms_form_a_star_around_the_hub() -> None:
    assert [breach for path, text in sources(*ROOMS).items() for breach in breaches_of_the_law(path, text)] == []


def test_the_core_and_the_scripts_know_no_clock_no_chance_and_no_world() -> None:
    pure = {path: text for path, text in sources(*PURE).items() if path != LOADER}
    assert [impurity for path, text in pure.items() for impurity in impurities(path, text)] == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("routing/rank.py", "import hub.clock"),
        ("routing/rank.py", "def rank():\n    from channels.channel import Notice"),
        ("channels/sms.py", "from routing import model"),
        ("channels/sandbox/page.py", "from ...hub import app"),
        ("scripts_library/run.py", "import agent_console.wire"),
        ("agent_console/desk.py", "from routing.router import Router"),
        ("agent_console/desk.py", "from routing import router"),
        ("agent_console/desk.py", "from scripts_library import loader"),
        ("agent_console/desk.py", "import hub"),
    ],
)
def test_a_breach_of_the_law_would_be_seen(path: str, text: str) -> None:
    assert len(breaches_of_the_law(path, text)) == 1


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("hub/app.py", "from routing.router import Router"),
        ("hub/storage/inbox.py", "from hub.storage import tables"),
        ("agent_console/desk.py", "from routing.model import AgentId"),
        ("agent_console/desk.py", "from routing import decisions"),
        ("agent_console/desk.py", "import agent_console.wire"),
        ("channels/sandbox/page.py", "from ..channel import Notice"),
        ("channels/sms.py", "import twilio, hubspot"),
    ],
)
def test_what_the_law_allows_is_left_alone(path: str, text: str) -> None:
    assert breaches_of_the_law(path, text) == []


@pytest.mark.parametrize(
    "text",
    [
        "import asyncio",
        "from time import monotonic",
        "from datetime import datetime\ndatetime.now()",
        "from datetime import date\ndate.today()",
        "import random",
        "open('x')",
        "async def route(): ...",
        "from pathlib import Path",
    ],
)
def test_an_impurity_would_be_seen(text: str) -> None:
    assert len(impurities("routing/rank.py", text)) == 1


@pytest.mark.parametrize("room", LINES)
def test_the_folders_of_a_room_form_one_line(room: str) -> None:
    assert breaches_of_the_line(room, imports_between(sources(room))) == []


def test_a_folder_that_imports_from_above_would_be_seen() -> None:
    texts = {"hub/api/trail.py": "", "hub/batch/lookups.py": "def look():\n    from hub.api.trail import read"}
    assert breaches_of_the_line("hub", imports_between(texts)) == ["hub.batch.lookups imports hub.api.trail"]


def test_a_name_of_a_module_stands_in_one_room_only() -> None:
    """Somebody who is told the name of a file opens the right one."""
    rooms: dict[str, set[str]] = {}
    for path in sources(*ROOMS):
        if not (name := Path(path).name).startswith("__"):
            rooms.setdefault(name, set()).add(path.partition("/")[0])
    assert {name: sorted(found) for name, found in rooms.items() if len(found) > 1} == {}


@pytest.mark.parametrize("room", ROOMS)
def test_no_files_import_each_other_in_a_circle(room: str) -> None:
    assert find_circle(imports_between(sources(room))) == ""


def test_no_files_of_the_screens_import_each_other_in_a_circle() -> None:
    assert find_circle(imports_of_screens()) == ""


def test_a_circle_would_be_seen() -> None:
    texts = {"routing/a.py": "from routing import b", "routing/b.py": "def f():\n    import routing.a"}
    assert find_circle(imports_between(texts)) in (
        "routing.a -> routing.b -> routing.a",
        "routing.b -> routing.a -> routing.b",
    )


def test_the_map_is_drawn_from_the_imports() -> None:
    drawn = re.findall(r"```mermaid\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.DOTALL)
    assert [one.strip() for one in drawn] == [draw_map()], "python -m tests.imports prints it"


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "README.md"])
def test_a_file_that_a_page_names_is_there(page: str) -> None:
    named = re.findall(r"`([a-z_]+/[\w./-]+\.(?:py|ts|md|toml|svelte))`", (ROOT / page).read_text(encoding="utf-8"))
    assert named
    assert [path for path in named if not (ROOT / path).is_file()] == []


def strays(path: str, text: str, files: Container[str], places: Container[str]) -> list[str]:
    """Names of files and of the shell's modules that a text gives in backticks, and that are not there."""
    named = [found for found in re.findall(r"`(?:[a-z_]+/)*([a-z_]+\.py)`", text) if found not in files]
    modules = re.findall(r"`hub\.([a-z_]+)", text) if path.startswith("hub/") else []
    return [f"{path}: {name}" for name in (*named, *(f"hub.{one}" for one in modules if one not in places))]


def test_a_file_or_module_that_the_code_speaks_of_is_there() -> None:
    texts = sources(*ROOMS)
    files = {path.rpartition("/")[2] for path in sources(*ROOMS, "tests")}
    places = {path.split("/")[1].removesuffix(".py") for path in texts if path.startswith("hub/")}
    assert [stray for path, text in texts.items() for stray in strays(path, text, files, places)] == []


def test_a_name_that_has_moved_would_be_seen() -> None:
    text = '"""See `policy_building.py` and `hub.channel_host`, not `rank.py` or `hub.screens.telling`."""'
    assert strays("hub/batch/batch.py", text, {"rank.py"}, {"screens"}) == [
        "hub/batch/batch.py: policy_building.py",
        "hub/batch/batch.py: hub.channel_host",
    ]


@pytest.mark.parametrize("room", LINES)
def test_few_files_stand_flat(room: str) -> None:
    flat = [path for path in sources(room) if path.count("/") == 1]
    assert len(flat) <= MOST_FLAT, flat


def sql_outside_storage(path: str, text: str) -> list[str]:
    return [
        f"{path}:{line} imports {name}"
        for line, name in imports_in(path, text)
        if is_within(name, OF_SQL) and not path.startswith(STORAGE)
    ]


def test_nobody_but_storage_writes_sql() -> None:
    assert [found for path, text in sources(*ROOMS).items() for found in sql_outside_storage(path, text)] == []


@pytest.mark.parametrize(
    "text",
    [
        "from sqlalchemy import select",
        "def read():\n    import sqlalchemy.exc",
        "from hub.storage import tables",
        "from hub.storage.tables import staff",
        "from hub.storage.prepared import Prepared",
        "import asyncpg",
    ],
)
def test_sql_outside_of_storage_would_be_seen(text: str) -> None:
    assert len(sql_outside_storage("hub/api/trail.py", text)) == 1
    assert sql_outside_storage("hub/storage/staff.py", text) == []


def test_storage_knows_nothing_of_the_hub_but_its_clock_and_its_ids() -> None:
    allowed = ("hub.storage", "hub.clock", "hub.ids")
    found = [
        f"{path}:{line} imports {name}"
        for path, text in sources("hub").items()
        if path.startswith(STORAGE)
        for line, name in imports_in(path, text)
        if is_within(name, ("hub",)) and not is_within(name, allowed)
    ]
    assert found == []


def test_every_module_of_storage_is_named_where_somebody_looks_for_it() -> None:
    page = (ROOT / "hub/storage/README.md").read_text(encoding="utf-8")
    modules = [path.name for path in (ROOT / "hub/storage").glob("*.py") if path.name != "__init__.py"]
    assert [name for name in modules if f"`{name}`" not in page] == []


# What is made or asked in one file alone, so that there is one way: a text to a customer, and what an agent is shown
ONE_WAY = {
    "TextOut": "hub/batch/outgoing_texts.py",
    "may_send": "hub/batch/outgoing_texts.py",
    "OfferView": "hub/batch/desk_views.py",
    "InteractionView": "hub/batch/desk_views.py",
    "OfferMadeEvent": "hub/batch/performer.py",
    "InteractionAdded": "hub/batch/batch.py",
    "InteractionChanged": "hub/batch/batch.py",
    "begin_owner": "hub/batch/batch.py",
}


def find_callers(name: str) -> list[str]:
    return [
        path
        for path, text in sources("hub").items()
        if name in text
        and any(
            isinstance(node, ast.Call) and name in (getattr(node.func, "id", ""), getattr(node.func, "attr", ""))
            for node in ast.walk(ast.parse(text))
        )
    ]


@pytest.mark.parametrize("name", ONE_WAY)
def test_there_is_one_way_for_it(name: str) -> None:
    assert find_callers(name) == [ONE_WAY[name]]


def parts_that_may_be_missing(path: str, text: str) -> list[str]:
    """Asserts that an object has a part of its own: its type says that the part may be missing."""
    return [
        f"{path}:{node.lineno}"
        for node in ast.walk(ast.parse(text if "assert self." in text else ""))
        if isinstance(node, ast.Assert)
        and isinstance(node.test, ast.Compare)
        and isinstance(node.test.left, ast.Attribute)
        and isinstance(node.test.ops[0], ast.IsNot)
        and getattr(node.test.left.value, "id", "") == "self"
    ]


def test_an_object_is_built_with_what_it_needs() -> None:
    texts = sources(*ROOMS, "tests/hub/telegram")
    assert [found for path, text in texts.items() for found in parts_that_may_be_missing(path, text)] == []


def test_a_part_that_may_be_missing_would_be_seen() -> None:
    text = "def f(self, x):\n    assert x is not None\n    assert self.hub is not None, 'it has started'"
    assert parts_that_may_be_missing("channels/sms.py", text) == ["channels/sms.py:3"]


def test_only_the_loader_of_the_scripts_reads_files() -> None:
    assert (ROOT / LOADER).is_file()


def test_no_module_has_a_name_that_says_nothing() -> None:
    named = {part.partition(".")[0].lower() for file in written_files() for part in file.parts}
    assert {name for name in named if VAGUE.fullmatch(name)} == set()


def test_no_file_is_longer_than_a_reader_keeps_in_mind() -> None:
    lines = {str(file): (ROOT / file).read_text(encoding="utf-8").count("\n") for file in written_files()}
    assert {file: count for file, count in lines.items() if count > MOST_LINES} == {}


def written_files() -> Iterator[Path]:
    for folder in (*ROOMS, "tests"):
        for file in (ROOT / folder).rglob("*.*"):
            if file.suffix in (".py", ".ts", ".svelte") and not {"node_modules", "generated"} & set(file.parts):
                yield file.relative_to(ROOT)


def test_every_module_says_what_it_is_and_what_its_rule_is() -> None:
    said = {path: ast.get_docstring(ast.parse(text)) or "" for path, text in sources(*ROOMS).items()}
    with_rule = re.compile(r"[Rr]ules? of this (file|room)")
    exempt = re.compile(r".*/__init__\.py|hub/storage/migrations/.*")
    assert [path for path, words in said.items() if not words] == []
    assert [path for path, words in said.items() if not with_rule.search(words) and not exempt.match(path)] == []

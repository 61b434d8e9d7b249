"""What imports what, read from the source: for the tests of the architecture, CONTRIBUTING.md and `make check`.

The rule of this file: nothing is imported to be looked at; an import for types alone, or within a function, counts.
`python -m tests.imports` prints the map.
"""

import ast
import posixpath
import re
from collections.abc import Container, Iterator, Sequence
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROOMS = ("hub", "channels", "routing", "agent_console", "scripts_library")

# From the top: a folder imports those below it. What stands flat is at the top or, if every folder may need it, at
# the bottom. hub/README.md and channels/README.md say what each is for. A file of `channels` that is not named here
# is an adapter and stands beside `sms`, so another channel needs no entry.
LINES = {
    "hub": (
        *("__main__", "processes", "app", "wiring", "redis_bus"),
        *("api", "administration", "screens", "access", "reports", "routing_process", "simulation", "intake"),
        *(
            "edges",
            "commands",
            "calls",
            "batch",
            "scripts",
            "exchange",
            "customers",
            "segments",
            "rules",
            "sending",
            "settings",
            "policies",
            "open_work",
        ),
        *("toml_files", "doors", "storage"),
        *("call_lifecycle", "signals", "metrics", "bus", "logs", "clock", "ids", "fast_imports"),
    ),
    "channels": (
        *("sandbox", "registry", "sms", "mail", "phone", "webchat", "twilio"),
        *("acknowledging", "traits", "channel", "answers", "requests", "wording", "waiting_connections"),
    ),
}

_IMPORTED = re.compile(r"""(?:\bfrom|\bimport)\s+["'](\.[^"']*)["']""")


def sources(*rooms: str) -> dict[str, str]:
    """Path from the root -> text, of every Python file of the rooms."""
    return {path: text for room in sorted(rooms) for path, text in _read(room)}


@cache
def _read(room: str) -> Sequence[tuple[str, str]]:
    files = (file for file in (ROOT / room).rglob("*.py") if "node_modules" not in file.parts)
    return [(file.relative_to(ROOT).as_posix(), file.read_text(encoding="utf-8")) for file in sorted(files)]


def parse_with(words: str, *rooms: str) -> Iterator[tuple[str, ast.Module]]:
    """Path and tree of every Python file in which one of the words stands, which are a pattern. To parse all of them
    takes seconds."""
    return ((path, ast.parse(text)) for path, text in sources(*rooms).items() if re.search(words, text))


@cache
def imports_in(path: str, text: str) -> Sequence[tuple[int, str]]:
    """`imports_of` a file with this text, which is parsed once."""
    return list(imports_of(path, ast.parse(text)))


def imports_of(path: str, tree: ast.Module) -> Iterator[tuple[int, str]]:
    """(line, full name) of everything that a file imports, wherever in it."""
    package = path.removesuffix("/__init__.py").removesuffix(".py").split("/")
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            at = package[: len(package) - node.level + path.endswith("__init__.py")] if node.level else []
            module = ".".join([*at, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)


def imports_between(texts: dict[str, str]) -> dict[str, set[str]]:
    """Module -> the modules among `texts` that it imports."""
    modules = {module_of(path): path for path in texts}
    found: dict[str, set[str]] = {}
    for module, path in modules.items():
        names = [name for _, name in imports_in(path, texts[path])]
        found[module] = {whole for name in names if (whole := _longest(name, modules)) and whole != module}
    return found


def module_of(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _longest(name: str, modules: Container[str]) -> str:
    """The module that an import of `name` reads; empty where it is none of them."""
    while name and name not in modules:
        name = name.rpartition(".")[0]
    return name


def imports_of_screens() -> dict[str, set[str]]:
    """Path from agent_console/web/src -> the paths that it imports, for types too."""
    source = ROOT / "agent_console" / "web" / "src"
    files = [file for kind in ("*.ts", "*.svelte") for file in source.rglob(kind)]
    known = {file.relative_to(source).as_posix() for file in files}
    found: dict[str, set[str]] = {}
    for file in files:
        path = file.relative_to(source).as_posix()
        names = _IMPORTED.findall(file.read_text(encoding="utf-8"))
        whole = [posixpath.normpath(posixpath.join(posixpath.dirname(path), name)) for name in names]
        found[path] = {name + end for name in whole for end in ("", ".ts") if name + end in known}
    return found


def draw_map() -> str:
    """The rooms and the folders of the shell as a Mermaid diagram. An arrow goes to what is imported; one that
    follows from two others is left out."""
    arrows: dict[str, set[str]] = {}
    for module, others in imports_between(sources(*ROOMS)).items():
        arrows.setdefault(_place(module), set()).update(_place(other) for other in others)
    places = {place for place in arrows if place}
    below = {place: {other for other in arrows[place] if other in places and other != place} for place in places}
    reached = {place: _reach(place, below) for place in places}
    lines = ["flowchart TD"]
    for place in sorted(places, key=_order):
        direct = below[place] - {far for near in below[place] for far in reached[near]}
        lines += [f"  {place} --> {other}" for other in sorted(direct, key=_order)]
    return "\n".join(lines)


def _place(module: str) -> str:
    """A room, or a folder of the shell; empty for what stands flat there."""
    room, _, rest = module.partition(".")
    folder = rest.partition(".")[0]
    if room != "hub":
        return room
    return f"hub/{folder}" if (ROOT / "hub" / folder).is_dir() and folder else ""


def _order(place: str) -> tuple[int, int]:
    room, _, folder = place.partition("/")
    return ROOMS.index(room), LINES["hub"].index(folder) if folder else 0


def _reach(place: str, below: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    rest = list(below[place])
    while rest:
        other = rest.pop()
        if other not in found:
            found.add(other)
            rest += below[other]
    return found


if __name__ == "__main__":
    print(draw_map())

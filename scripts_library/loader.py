"""Reads the folder of scripts, or texts by file name. No other file of this room reads the disk.

The rule of this file: a broken file is reported with its line and does not affect any other file. While it is broken,
its last good version stays in use. A version that a run may be pinned to is never forgotten or replaced.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from scripts_library.bundled_texts import split_source
from scripts_library.card_parsing import Card, parse_card
from scripts_library.checks import check_script, check_translations, check_unknowns
from scripts_library.examples import lend_examples
from scripts_library.head import MAX_HEAD
from scripts_library.script_parsing import MAX_TEXT, parse_script
from scripts_library.script_parts import Script
from scripts_library.script_problems import BrokenScript, ScriptProblem, Severity
from scripts_library.ties import Ties, say_tie
from scripts_library.variables import VariableTypes

LIBRARY: Final = Path(__file__).parent / "library"  # the scripts that come with the hub
ROLE_CARDS: Final = Path(__file__).parent / "role_cards"  # the simulated customers that come with the hub
MAX_FILES: Final = 2_000
_IS_SHARED: Final = re.compile(r"""^kind *= *["'](?:sub-script|questions|proposals)["']""", re.MULTILINE)
_MAX_BYTES: Final = 4 * MAX_TEXT  # in UTF-8 a character has at most four bytes

Version = tuple[str, int, str]  # id, version, language


@dataclass(frozen=True, slots=True)
class Library:
    """The scripts in use, one for each id and language, sorted by file name; and every problem of the folder.
    `shared`: the files of sub-scripts, questions and proposals, which no interaction gets by themselves."""

    folder: Path
    scripts: tuple[Script, ...]
    problems: tuple[ScriptProblem, ...]
    types: VariableTypes  # of the variables that the scripts may name
    _seen: Mapping[Version, Script] = field(repr=False)
    shared: tuple[Script, ...] = ()

    def find(self, script_id: str, version: int, language: str) -> Script | None:
        """Return the script that a run is pinned to, if that version has been in use since the first `load_scripts`.
        For an older version, the shell keeps `Script.source` with the run and reads it with `parse_stored`."""
        return self._seen.get((script_id, version, language))

    def list_users(self, shared_id: str) -> tuple[Script, ...]:
        """The scripts that use this sub-script, or a question or the proposals of this file."""
        return tuple(one for one in self.scripts if any(use.id == shared_id for use in one.uses))

    def list_touched(self, before: "Library") -> dict[str, tuple[str, ...]]:
        """By shared file whose words are others than before: the files of the scripts that use it."""
        old = {one.file: own_text(one) for one in before.shared}
        return {
            one.file: tuple(user.file for user in self.list_users(one.id) if user.language == one.language)
            for one in self.shared
            if one.file in old and old[one.file] != own_text(one)
        }

    def reload(self, types: VariableTypes) -> "Library":
        """Read the folder again. For a file that is broken, keep the script that was in use."""
        return _load(self.folder, self, types)


def load_scripts(folder: Path, types: VariableTypes) -> Library:
    """Read all `<id>.<language>.md` of the folder, but not of folders in it. No content of the folder makes this
    raise. `types`: of the variables that they may name."""
    return _load(folder, Library(folder, (), (), types, {}), types)


def load_texts(texts: Mapping[str, str], types: VariableTypes, before: Library | None = None) -> Library:
    """As `load_scripts`, of texts by file name. `before`: the library in use, whose scripts stay in use where a text
    is broken, and are not parsed again where nothing has changed."""
    return _build(before or Library(Path(), (), (), types, {}), types, dict(texts), {}, [])


def load_cards(folder: Path = ROLE_CARDS) -> tuple[Card, ...]:
    """The role cards of the folder, by file name. Raises `BrokenScript` for a card with mistakes."""
    return tuple(parse_card(path.read_text(encoding="utf-8"), path.name) for path in sorted(folder.glob("*.md")))


def own_text(script: Script) -> str:
    """The text of the script's file, without those that it uses."""
    return split_source(script.source)[0]


def _load(folder: Path, before: Library, types: VariableTypes) -> Library:
    problems: list[ScriptProblem] = []
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".md")
    except OSError as error:
        problem = ScriptProblem(folder.name, 1, 1, f"The folder of scripts cannot be read: {error.strerror}.")
        return replace(before, problems=(problem,), types=types)
    if len(paths) > MAX_FILES:
        problems.append(ScriptProblem(paths[MAX_FILES].name, 1, 1, f"A library has at most {MAX_FILES} files."))
    texts: dict[str, str] = {}
    unread: dict[str, BrokenScript] = {}
    for path in paths[:MAX_FILES]:
        try:
            texts[path.name] = _read_disk(path)
        except BrokenScript as broken:
            unread[path.name] = broken
    return _build(before, types, texts, unread, problems)


def _build(
    before: Library,
    types: VariableTypes,
    texts: Mapping[str, str],
    unread: Mapping[str, BrokenScript],
    problems: list[ScriptProblem],
) -> Library:
    in_use = {script.file: script for script in (*before.scripts, *before.shared)}
    scripts: list[Script] = []
    ties = Ties()
    shared: list[Script] = []
    known = in_use if before.types == types else {}
    for name, read in _parse_all(texts, types, unread, before, in_use, known):
        script = read if isinstance(read, Script) else None
        broken = read.problems if isinstance(read, BrokenScript) else ()
        if script is not None and script.kind == "script" and (other := ties.find(script)) is not None:
            broken = (say_tie(script, other),)
            script = None
        if script is not None:
            problems.extend(check_script(script) if script.kind == "script" else ())
        elif name in in_use:
            script = in_use[name]
            text = f"Version {script.version} stays in use until this file is mended."
            problems.append(ScriptProblem(name, 1, 1, text, Severity.WARNING))
        problems.extend(broken)
        if script is not None and script.kind != "script":
            shared.append(script)
        elif script is not None:
            scripts.append(script)
            ties.add(script)
    scripts.sort(key=lambda script: script.file)
    shared.sort(key=lambda script: script.file)
    problems.extend(check_translations([*scripts, *shared]))
    problems.extend(lend_examples(scripts))
    problems.extend(check_unknowns(scripts))
    seen = {**before._seen, **_by_version([*scripts, *shared])}
    return Library(before.folder, tuple(scripts), tuple(sorted(problems)), types, seen, tuple(shared))


def _parse_all(
    texts: Mapping[str, str],
    types: VariableTypes,
    unread: Mapping[str, BrokenScript],
    before: Library,
    in_use: Mapping[str, Script],
    known: Mapping[str, Script],
) -> list[tuple[str, Script | BrokenScript]]:
    """Parse the files, those that others use first: of one that is broken, they use the last good version. Those that
    were in use as they are come first: where two scripts tie, the one that was saved last is refused. `known`: those
    that were parsed with the same types; one of which nothing has changed is taken as it is."""
    found: list[tuple[str, Script | BrokenScript]] = list(unread.items())
    shared = {name: text for name, text in texts.items() if is_shared(text)}
    for name, text in sorted(texts.items(), key=lambda pair: (pair[0] not in shared, pair[0])):
        try:
            same = known.get(name)
            if same is not None and _is_made_of(same, text, shared):
                script = same
            else:
                script = _parse_named(text, name, types, shared)
            _refuse_other_words(script, before._seen)
            found.append((name, script))
        except BrokenScript as broken:
            found.append((name, broken))
            last = in_use.get(name)
            if name in shared and last is not None:
                shared[name] = own_text(last)
    return sorted(found, key=lambda pair: (pair[1] != in_use.get(pair[0]), pair[0]))


def _is_made_of(script: Script, text: str, shared: Mapping[str, str]) -> bool:
    """Whether the script is what this text says, with the texts that it uses as they are now."""
    own, used = split_source(script.source)
    return own == text and all(shared.get(file) == words for file, words in used.items())


def is_shared(text: str) -> bool:
    """Whether other files may use it: it has sub-scripts, questions or proposals."""
    return _IS_SHARED.search(text[:MAX_HEAD]) is not None


def _by_version(scripts: Iterable[Script]) -> Mapping[Version, Script]:
    return {(script.id, script.version, script.language): script for script in scripts}


def _refuse_other_words(script: Script, seen: Mapping[Version, Script]) -> None:
    known = seen.get((script.id, script.version, script.language))
    if known is not None and own_text(known) != own_text(script):
        text = f"The words have changed, but `version` is still {script.version}: give it a larger one."
        raise BrokenScript((ScriptProblem(script.file, 1, 1, text),))


def _parse_named(text: str, file: str, types: VariableTypes, texts: Mapping[str, str]) -> Script:
    script = parse_script(text, file, types, texts)
    name = f"{script.id}.{script.language}.md"
    if file != name:
        raise BrokenScript((ScriptProblem(file, 1, 1, f"This file must be called {name}, as its head says."),))
    return script


def _read_disk(path: Path) -> str:
    def refuse(text: str, line: int = 1, column: int = 1) -> BrokenScript:
        return BrokenScript((ScriptProblem(path.name, line, column, text),))

    try:
        if not path.is_file():
            raise refuse("This is not a file.")
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise refuse(f"The file cannot be read: {error.strerror}.") from error
    if len(content) > _MAX_BYTES:
        raise refuse(f"A script has at most {MAX_TEXT} characters; this file is larger than that.")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = len(content[content.rfind(b"\n", 0, error.start) + 1 : error.start].decode("utf-8")) + 1
        raise refuse("This is not UTF-8 text: save the file as UTF-8.", line, column) from error

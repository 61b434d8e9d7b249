"""Reads the folder of scripts. No other file of this room reads the disk.

The rule of this file: a broken file is reported with its line and does not affect any other file. While it is broken,
its last good version stays in use. A version that a run may be pinned to is never forgotten or replaced.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from scripts_library.bundled_texts import split_source
from scripts_library.checks import check_script, check_translations, check_unknowns
from scripts_library.examples import lend_examples
from scripts_library.head import MAX_HEAD
from scripts_library.script_parsing import MAX_TEXT, parse_script
from scripts_library.script_parts import Script
from scripts_library.script_problems import BrokenScript, ScriptProblem, Severity
from scripts_library.ties import Ties, say_tie
from scripts_library.variables import VariableTypes

LIBRARY: Final = Path(__file__).parent / "library"  # the scripts that come with the hub
MAX_FILES: Final = 2_000
_IS_SHARED: Final = re.compile(r"""^kind *= *["'](?:sub-script|questions)["']""", re.MULTILINE)
_MAX_BYTES: Final = 4 * MAX_TEXT  # in UTF-8 a character has at most four bytes

Version = tuple[str, int, str]  # id, version, language


@dataclass(frozen=True, slots=True)
class Library:
    """The scripts in use, one for each id and language, sorted by file name; and every problem of the folder.
    `shared`: the files of sub-scripts and questions, which no interaction gets by themselves."""

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
        """The scripts that use this sub-script, or a question of this file."""
        return tuple(one for one in self.scripts if any(use.id == shared_id for use in one.uses))

    def list_touched(self, before: "Library") -> dict[str, tuple[str, ...]]:
        """By shared file whose words are others than before: the files of the scripts that use it."""
        old = {one.file: split_source(one.source)[0] for one in before.shared}
        return {
            one.file: tuple(user.file for user in self.list_users(one.id) if user.language == one.language)
            for one in self.shared
            if one.file in old and old[one.file] != split_source(one.source)[0]
        }

    def reload(self, types: VariableTypes) -> "Library":
        """Read the folder again. For a file that is broken, keep the script that was in use."""
        return _load(self.folder, replace(self, types=types))


def load_scripts(folder: Path, types: VariableTypes) -> Library:
    """Read all `<id>.<language>.md` of the folder, but not of folders in it. No content of the folder makes this
    raise. `types`: of the variables that they may name."""
    return _load(folder, Library(folder, (), (), types, {}))


def _load(folder: Path, before: Library) -> Library:
    in_use = {script.file: script for script in (*before.scripts, *before.shared)}
    scripts: list[Script] = []
    problems: list[ScriptProblem] = []
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".md")
    except OSError as error:
        problem = ScriptProblem(folder.name, 1, 1, f"The folder of scripts cannot be read: {error.strerror}.")
        return replace(before, problems=(problem,))
    if len(paths) > MAX_FILES:
        problems.append(ScriptProblem(paths[MAX_FILES].name, 1, 1, f"A library has at most {MAX_FILES} files."))
    ties = Ties()
    shared: list[Script] = []
    for path, read in _read_all(paths[:MAX_FILES], before, in_use):
        script = read if isinstance(read, Script) else None
        broken = read.problems if isinstance(read, BrokenScript) else ()
        if script is not None and script.kind == "script" and (other := ties.find(script)) is not None:
            broken = (say_tie(script, other),)
            script = None
        if script is not None:
            problems.extend(check_script(script) if script.kind == "script" else ())
        elif path.name in in_use:
            script = in_use[path.name]
            text = f"Version {script.version} stays in use until this file is mended."
            problems.append(ScriptProblem(path.name, 1, 1, text, Severity.WARNING))
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
    return Library(folder, tuple(scripts), tuple(sorted(problems)), before.types, seen, tuple(shared))


def _read_all(
    paths: Iterable[Path], before: Library, in_use: Mapping[str, Script]
) -> list[tuple[Path, Script | BrokenScript]]:
    """Read the files, those that others use first: of one that is broken, they use the last good version. Those that
    were in use as they are come first: where two scripts tie, the one that was saved last is refused."""
    found: list[tuple[Path, Script | BrokenScript]] = []
    good: list[tuple[Path, str]] = []
    for path in paths:
        try:
            good.append((path, _read_text(path)))
        except BrokenScript as broken:
            found.append((path, broken))
    texts = {path.name: text for path, text in good if _IS_SHARED.search(text[:MAX_HEAD])}
    for path, text in sorted(good, key=lambda pair: pair[0].name not in texts):
        try:
            script = _parse_named(text, path, before.types, texts)
            _refuse_other_words(script, before._seen)
            found.append((path, script))
        except BrokenScript as broken:
            found.append((path, broken))
            last = in_use.get(path.name)
            if path.name in texts and last is not None:
                texts[path.name] = split_source(last.source)[0]
    return sorted(found, key=lambda pair: (pair[1] != in_use.get(pair[0].name), pair[0]))


def _by_version(scripts: Iterable[Script]) -> Mapping[Version, Script]:
    return {(script.id, script.version, script.language): script for script in scripts}


def _refuse_other_words(script: Script, seen: Mapping[Version, Script]) -> None:
    known = seen.get((script.id, script.version, script.language))
    if known is not None and split_source(known.source)[0] != split_source(script.source)[0]:
        text = f"The words have changed, but `version` is still {script.version}: give it a larger one."
        raise BrokenScript((ScriptProblem(script.file, 1, 1, text),))


def _parse_named(text: str, path: Path, types: VariableTypes, texts: Mapping[str, str]) -> Script:
    script = parse_script(text, path.name, types, texts)
    name = f"{script.id}.{script.language}.md"
    if path.name != name:
        raise BrokenScript((ScriptProblem(path.name, 1, 1, f"This file must be called {name}, as its head says."),))
    return script


def _read_text(path: Path) -> str:
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

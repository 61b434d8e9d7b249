"""`python -m hub simulate`: reads the files, plays the scenario, and returns the text to print.

The rule of this file: it orders the steps, and other files carry them out. Every problem of the files is raised as
`ConfigErrors` before anything is played.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Final, TextIO

from hub.simulation import page, result_document, table
from hub.simulation.comparing import compare, drop_head_start, read_other
from hub.simulation.page_words import say
from hub.simulation.planning import build_scenario
from hub.simulation.running import Played, play_all
from hub.simulation.scenario_file import ReadScenario, read_policy, read_scenario, read_toml
from hub.toml_files.problems import ConfigErrors, Problem
from routing.policy_checks import check_staffing

QUIET_SECONDS: Final = 2.0  # a run that is over by then needs no progress
BETWEEN_SECONDS: Final = {True: 0.2, False: 10.0}  # between two reports of progress; True: on a terminal


@dataclass(frozen=True, slots=True)
class Wish:
    """The arguments of the command line."""

    scenario: Path
    config: Path  # whose policy it is, unless the scenario has its own
    compare: Path | None = None
    without: str | None = None
    page: Path | None = None
    json: Path | None = None
    language: str = "en"
    seed: int | None = None


def simulate(wish: Wish, progress_to: TextIO = sys.stderr) -> str:
    """Return the text to print. Raises `ConfigErrors`, and OSError if a file cannot be written."""
    if wish.compare is not None and wish.without is not None:
        raise ConfigErrors([Problem("--without", "already compares two runs: leave out --compare")], "command line")
    for option, path in (("--page", wish.page), ("--json", wish.json)):
        if path is not None and not path.absolute().parent.is_dir():
            raise ConfigErrors(
                [Problem(option, f"the folder {path.parent} does not exist: create it")], "command line"
            )
    data, _ = read_toml(wish.scenario)
    policy_from = wish.scenario if "policy" in data else wish.config
    read = _seed(read_scenario(wish.scenario, read_policy(policy_from)), wish.seed)
    names = {"policy": policy_from.name, "scenario": wish.scenario.name}
    if wish.compare is not None:
        other = _seed(read_other(wish.compare, wish.scenario, read), wish.seed)
        runs = [(read, partial(say, "staff_of", **names)), (other, partial(say, "file", file=wish.compare.name))]
    elif wish.without is not None:
        other = drop_head_start(read, wish.without)
        runs = [(other, partial(_say_without, read, wish.without)), (read, partial(say, "policy_of", **names))]
    else:
        runs = [(read, partial(say, "policy_of", **names))]
    played = _play([(each, label("en")) for each, label in runs], progress_to)
    drawn = [replace(one, label=label(wish.language)) for one, (_, label) in zip(played, runs, strict=True)]
    return _show(played, drawn, wish)


def _say_without(read: ReadScenario, tier: str, language: str) -> str:
    names = next(one.names for one in read.policy.tiers if one.id == tier)
    return say("without", language, tier=names.get(language, tier))


def _seed(read: ReadScenario, seed: int | None) -> ReadScenario:
    if seed is None:
        return read
    return replace(read, file=replace(read.file, run=replace(read.file.run, seed=seed)))


def _play(runs: list[tuple[ReadScenario, str]], progress_to: TextIO) -> list[Played]:
    tell = _Progress(progress_to)
    played = play_all(runs, tell)
    tell.end()
    return played


def _show(played: list[Played], drawn: list[Played], wish: Wish) -> str:
    """`drawn`: the runs of `played`, labelled in the language of the page."""
    texts, files = [], dict[Path | None, Callable[[], str]]()
    if len(played) == 1:
        texts += [table.print_run(played[0]), *_warn(played[0])]
        files = {
            wish.json: lambda: result_document.write_run(played[0]),
            wish.page: lambda: page.draw_run(drawn[0], wish.language),
        }
    else:
        first, second = played
        comparison = compare(first, second, wish.without)
        texts += [table.print_run(played[0 if wish.compare else 1]), table.print_comparison(comparison)]
        texts += dict.fromkeys(warning for one in played for warning in _warn(one))
        files = {
            wish.json: lambda: result_document.write_comparison(comparison),
            wish.page: lambda: page.draw_comparison(
                replace(comparison, first=drawn[0], second=drawn[1]), wish.language
            ),
        }
    for path, write in files.items():
        if path is not None:
            path.write_text(write(), encoding="utf-8")
            texts.append(f"Written: {path}")
    return "\n\n".join(texts)


def _warn(played: Played) -> list[str]:
    """A warning for each queue that has arrivals and that no agent of this staff can serve."""
    scenario = build_scenario(played.read)
    queues = {f"queues.{kind.queue}" for kind in scenario.kinds}
    found = [one.subject for one in check_staffing(scenario.policy, dict(scenario.staff)) if one.subject in queues]
    return [
        f"No agent of this staff meets any ring of {subject}: change its rings or the agents." for subject in found
    ]


class _Progress:
    def __init__(self, to: TextIO) -> None:
        self._to = to
        self._is_terminal = to.isatty()
        self._began = self._told = perf_counter()
        self._has_told = False

    def __call__(self, done: float) -> None:
        now = perf_counter()
        since = now - self._told
        if now - self._began < QUIET_SECONDS or since < BETWEEN_SECONDS[self._is_terminal] or not done:
            return
        self._told, self._has_told = now, True
        left = (now - self._began) / done * (1 - done)
        text = f"playing: {done:.0%}, about {left:.0f} s to go"
        self._to.write(f"\r{text:60}" if self._is_terminal else f"{text}\n")
        self._to.flush()

    def end(self) -> None:
        if self._has_told and self._is_terminal:
            self._to.write(f"\r{'':60}\r")
            self._to.flush()

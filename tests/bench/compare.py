"""Two commits in one run: `python -m tests.bench.compare BASE [PART...]` measures base, here, base, here.

The rule of this file: the bench is the one that stands here for both; only the hub's code and its config.toml are the
base's, in a worktree that is taken away at the end. So a base whose own bench is another one can be compared, as long
as its screens speak the same protocol. Everything that a hub of the base needs besides, such as the built screens and
the Python packages, is taken from here.
"""

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import mean
from typing import NamedTuple

from tests.bench.bench_house import ROOT
from tests.bench.figures import Figure, read_figures, say_machine, say_value

SCREENS = Path("agent_console/static")
LEAST_NOISE = 0.05  # what two runs of the same code differ by, however alike the figures of one side are


def main() -> None:
    asked = _read_arguments()
    print(say_machine(), flush=True)
    with (
        tempfile.TemporaryDirectory(prefix="hub-base-") as folder,
        check_out(asked.base, Path(folder) / "base") as base,
    ):
        measured: dict[str, list[list[Figure]]] = {"base": [], "here": []}
        for number in range(asked.times):
            for side, code in (("base", base), ("here", ROOT)):
                print(f"\n==== {side}, {number + 1} of {asked.times}", flush=True)
                file = Path(folder) / f"{side}-{number}.json"
                measure(code, file, asked.options)
                measured[side].append(read_figures(file))
    print_both(asked.base, measured["base"], measured["here"])


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.compare", description=__doc__)
    parser.add_argument("base", help="a commit, or what names one")
    parser.add_argument("--times", type=int, default=2, help="how often each side is measured")
    asked, asked.options = parser.parse_known_args()
    return asked


@contextlib.contextmanager
def check_out(revision: str, folder: Path) -> Iterator[Path]:
    """A worktree of the revision, for as long as it is needed."""
    git = ("git", "-C", str(ROOT), "worktree")
    subprocess.run([*git, "add", "--quiet", "--detach", str(folder), revision], check=True)
    try:
        if (ROOT / SCREENS).is_dir():
            (folder / SCREENS).symlink_to(ROOT / SCREENS)
        yield folder
    finally:
        subprocess.run([*git, "remove", "--force", str(folder)], check=True)


def measure(code: Path, file: Path, options: Sequence[str]) -> None:
    """The bench that stands here, against the hub of `code`."""
    command = [sys.executable, "-m", "tests.bench", *options, "--json", str(file)]
    subprocess.run(command, check=True, cwd=ROOT, env={**os.environ, "HUB_BENCH_CODE": str(code)})


def print_both(base_name: str, base: Sequence[Sequence[Figure]], here: Sequence[Sequence[Figure]]) -> None:
    """Mean of each side, here over base, and by how much the figures of one side differ among themselves; each also
    as a multiple of the skeleton's beside it, which tells a slower machine from a slower hub."""
    before, after = _gather(base), _gather(here)
    print(f"\n{'figure':64} {base_name[:12]:>14} {'here':>14} {'here/base':>10} {'noise':>7}")
    for line, theirs in before.items():
        if not (ours := after.get(line)):
            print(f"{line.title:64} the base alone has it")
            continue
        ratio = mean(ours) / mean(theirs) if mean(theirs) else 1.0
        noise = max(_spread(theirs), _spread(ours), LEAST_NOISE)
        values = f"{say_value(mean(theirs), line.unit):>14} {say_value(mean(ours), line.unit):>14}"
        verdict = "" if abs(ratio - 1) <= noise else "better" if (ratio > 1) == line.more_is_better else "worse"
        print(f"{line.title:64} {values} {ratio:>10.2f} {noise:>7.0%}  {verdict}".rstrip())
    for line in after.keys() - before.keys():
        print(f"{line.title:64} only what stands here has it")


class Line(NamedTuple):
    figure: str
    unit: str
    is_multiple: bool  # of the skeleton's
    more_is_better: bool

    @property
    def title(self) -> str:
        return "      as a multiple of the skeleton's" if self.is_multiple else self.figure


def _gather(runs: Sequence[Sequence[Figure]]) -> dict[Line, list[float]]:
    found: dict[Line, list[float]] = defaultdict(list)
    for figure in (figure for run in runs for figure in run):
        line = Line(f"({figure.part}) {figure.what}", figure.unit, False, figure.unit == "/s")
        found[line].append(figure.ours)
        if figure.ratio is not None:
            found[line._replace(unit="x", is_multiple=True)].append(figure.ratio)
    return found


def _spread(values: Sequence[float]) -> float:
    """By how much the largest is above the smallest, as a share of the mean."""
    return (max(values) - min(values)) / mean(values) if mean(values) else 0.0


if __name__ == "__main__":
    main()

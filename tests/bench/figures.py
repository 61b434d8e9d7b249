"""What the bench has measured: each figure beside the skeleton's, its ratio and its aim; as a table and as JSON.

The rule of this file: a figure names its rate and its database. Nothing is measured here, and a missed aim fails
nothing: a machine that others use at the same time is no judge. `python -m tests.bench.figures FILE` reads such a
JSON file and prints the figures with an aim as a Markdown table.
"""

import json
import os
import platform
import sqlite3
import sys
import sysconfig
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal


@dataclass(frozen=True)
class Aim:
    """`of`: whether the bound is for the figure itself or for its ratio to the skeleton's."""

    bound: float
    side: Literal["at most", "at least"]
    of: Literal["ratio", "ours"] = "ratio"
    note: str = ""  # where the bound comes from

    def is_met(self, ours: float, ratio: float | None) -> bool:
        value = ratio if self.of == "ratio" else ours
        assert value is not None, "a ratio needs the skeleton's figure"
        return value <= self.bound if self.side == "at most" else value >= self.bound


@dataclass(frozen=True)
class Figure:
    part: str
    what: str
    ours: float
    unit: str
    bare: float | None = None  # the skeleton's, or the echo's, at the same rate in the same run
    aim: Aim | None = None
    note: str = ""
    database: str = ""

    @property
    def ratio(self) -> float | None:
        return self.ours / self.bare if self.bare else None

    @property
    def verdict(self) -> str:
        if self.aim is None:
            return ""
        return "met" if self.aim.is_met(self.ours, self.ratio) else "missed"


@dataclass
class Report:
    """Prints each figure when it is added, and all of them once more at the end."""

    database: str
    figures: list[Figure] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def add(self, part: str, what: str, ours: float, unit: str, **more: Any) -> None:
        figure = Figure(part, what, ours, unit, database=self.database, **more)
        self.figures.append(figure)
        print("  " + "  ".join(_cells(figure)).rstrip(), flush=True)

    def remark(self, text: str) -> None:
        self.remarks.append(text)
        print(f"  ! {text}", flush=True)


COLUMNS = (("figure", 58), ("ours", 16), ("skeleton", 16), ("ratio", 7), ("aim", 14), ("", 8))


def _cells(figure: Figure) -> Iterable[str]:
    aim = figure.aim
    suffix = "x" if aim and aim.of == "ratio" else ""
    cells = (
        f"({figure.part}) {figure.what}",
        say_value(figure.ours, figure.unit),
        "" if figure.bare is None else say_value(figure.bare, figure.unit),
        "" if figure.ratio is None else f"{figure.ratio:.2f}",
        "" if aim is None else f"{'<=' if aim.side == 'at most' else '>='} {aim.bound:,.4g}{suffix}",
        figure.verdict,
    )
    for number, (cell, (_, width)) in enumerate(zip(cells, COLUMNS, strict=True)):
        yield f"{cell:<{width}}" if number in (0, 5) else f"{cell:>{width}}"


def say_value(value: float, unit: str) -> str:
    digits = 0 if abs(value) >= 1000 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f} {unit}".rstrip()


def print_table(figures: Iterable[Figure], remarks: Iterable[str] = ()) -> None:
    """All figures, the notes behind them, and a count of the aims."""
    figures = list(figures)
    for database in dict.fromkeys(figure.database for figure in figures):
        of_one = [figure for figure in figures if figure.database == database]
        print(f"\n{database}")
        print("  " + "  ".join(f"{n:<{w}}" if i in (0, 5) else f"{n:>{w}}" for i, (n, w) in enumerate(COLUMNS)))
        for figure in of_one:
            print("  " + "  ".join(_cells(figure)).rstrip())
        for note in dict.fromkeys(f"({f.part}) {note}" for f in of_one for note in _notes(f)):
            print(f"  {note}")
    for remark in remarks:
        print(f"  ! {remark}")
    aimed = [figure for figure in figures if figure.aim]
    print(f"\n{sum(figure.verdict == 'met' for figure in aimed)} of {len(aimed)} aims met", flush=True)


def _notes(figure: Figure) -> Iterable[str]:
    return (note for note in (figure.note, figure.aim.note if figure.aim else "") if note)


def write_json(file: Path, figures: Iterable[Figure], remarks: Iterable[str] = ()) -> None:
    """`{"machine": {...}, "figures": [{..., "ratio", "verdict"}], "remarks": [...]}`"""
    file.parent.mkdir(parents=True, exist_ok=True)
    rows = [{**asdict(one), "ratio": one.ratio, "verdict": one.verdict} for one in figures]
    text = json.dumps({"machine": describe_machine(), "figures": rows, "remarks": list(remarks)}, indent=1)
    file.write_text(text + "\n", encoding="utf-8")


def read_figures(file: Path) -> list[Figure]:
    """What `write_json` wrote."""
    found = []
    for row in json.loads(file.read_text(encoding="utf-8"))["figures"]:
        del row["ratio"], row["verdict"]
        found.append(Figure(**{**row, "aim": row["aim"] and Aim(**row["aim"])}))
    return found


def print_markdown(figures: Iterable[Figure]) -> None:
    """Those with an aim."""
    print("| figure | ours | beside it | ratio | aim |\n|---|---|---|---|---|")
    for figure in (figure for figure in figures if figure.aim):
        _, ours, bare, ratio, aim, verdict = (cell.strip() for cell in _cells(figure))
        print(f"| ({figure.part}) {figure.what} | {ours} | {bare} | {ratio} | {aim} {verdict} |")


def describe_machine() -> dict[str, Any]:
    """What the figures hang on, beside the code."""
    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "pgo": is_profile_guided(),
        "compiler": platform.python_compiler(),
        "sqlite": sqlite3.sqlite_version,
        "cores": len(os.sched_getaffinity(0)),
        "processor": _find_processor(),
        "load_as_it_begins": round(os.getloadavg()[0], 2),
    }


def is_profile_guided() -> bool:
    """Whether this Python was built with --enable-optimizations, which makes it some 10 to 30 % faster."""
    said = f"{sysconfig.get_config_var('CONFIG_ARGS')} {sysconfig.get_config_var('PY_CFLAGS')}"
    return "--enable-optimizations" in said or "-fprofile-use" in said


def say_machine() -> str:
    one = describe_machine()
    pgo = "with PGO" if one["pgo"] else "without PGO"
    python = f"{one['implementation']} {one['python']} {pgo} ({one['compiler']})"
    return f"{python}; {one['cores']} cores, {one['processor']}; a load of {one['load_as_it_begins']} as it begins"


def _find_processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


if __name__ == "__main__":
    print_markdown(read_figures(Path(sys.argv[1])))

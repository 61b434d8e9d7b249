"""Files beside a scenario: a forecast of arrivals, and durations that were observed.

The rule of this file: it reads comma-separated UTF-8 with a head line, as spreadsheets write it. A line that it
cannot use is a problem, and the file is refused.
"""

import csv
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from math import isfinite
from pathlib import Path
from typing import Final

from channels.registry import REGISTRY
from channels.wording import say_count
from hub.simulation.sections import Weekday
from routing.model import ChannelName

COLUMNS: Final = ("day", "time", "queue", "channel", "tier", "arrivals")
MOST_WRONG: Final = 20  # lines that are named; one more entry counts the others


@dataclass(frozen=True, slots=True)
class ForecastRow:
    """The number of interactions expected in the half hour that begins at `minutes` past midnight."""

    line: int
    day: Weekday | date  # rows of a date replace those of its weekday, for the same queue, channel and tier
    minutes: int
    queue: str
    channel: ChannelName
    tier: str
    arrivals: float


@dataclass(frozen=True, slots=True)
class Forecast:
    rows: tuple[ForecastRow, ...] = ()


def read_forecast(path: Path) -> tuple[Forecast, list[str]]:
    """Return the forecast and its problems, line by line."""
    rows, wrong = [], []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                return Forecast(), [f"line 1: lacks the column {', '.join(missing)}: add it"]
            for record in reader:
                try:
                    rows.append(_parse_row(reader.line_num, record))
                except ValueError as error:
                    wrong.append(f"line {reader.line_num}: {error}")
    except OSError as error:
        return Forecast(), [f"cannot be read: {error.strerror}"]
    except (UnicodeDecodeError, csv.Error):
        return Forecast(), ["is not comma-separated text in UTF-8: save it as such"]
    seen = Counter((row.day, row.minutes, row.queue, row.channel, row.tier) for row in rows)
    if repeated := [row for row in rows if seen[row.day, row.minutes, row.queue, row.channel, row.tier] > 1]:
        wrong.append(f"line {repeated[-1].line}: repeats an earlier line: take one away")
    if len(wrong) > MOST_WRONG:
        wrong = [*wrong[:MOST_WRONG], f"and {say_count(len(wrong) - MOST_WRONG, 'more line')}"]
    return Forecast(tuple(rows)), wrong


def read_observed(path: Path) -> tuple[float, ...]:
    """The durations in seconds; the file has one number in each line. Raises ValueError with the problem."""
    try:
        lines = path.read_text(encoding="utf-8-sig").split()
    except OSError as error:
        raise ValueError(f"{path.name} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"{path.name} is not UTF-8: save it as UTF-8") from error
    values = []
    for number, line in enumerate(lines, start=1):
        try:
            values.append(_parse_amount(line))
        except ValueError as error:
            raise ValueError(f"{path.name}: line {number}: {error}") from error
    if not values:
        raise ValueError(f"{path.name} is empty: write one number of seconds in each line")
    return tuple(values)


def _parse_row(line: int, record: Mapping[str, str | None]) -> ForecastRow:
    text = {name: (record[name] or "").strip() for name in COLUMNS}
    if not re.fullmatch(r"([01]\d|2[0-3]):[03]0", text["time"]):
        raise ValueError("time: must be the beginning of a half hour, such as 08:30")
    if text["channel"] not in REGISTRY:
        raise ValueError(f"channel: must be one of {', '.join(REGISTRY)}")
    hours, minutes = text["time"].split(":")
    return ForecastRow(
        line,
        _parse_day(text["day"]),
        int(hours) * 60 + int(minutes),
        text["queue"],
        ChannelName(text["channel"]),
        text["tier"],
        _parse_amount(text["arrivals"]),
    )


def _parse_day(text: str) -> Weekday | date:
    try:
        return Weekday(text) if text in tuple(Weekday) else date.fromisoformat(text)
    except ValueError as error:
        raise ValueError("day: must be a weekday (mon) or a date (2026-11-23)") from error


def _parse_amount(text: str) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise ValueError("must be a number") from error
    if not (isfinite(value) and 0 <= value <= 1_000_000):
        raise ValueError("must be a number from 0 to 1,000,000")
    return value

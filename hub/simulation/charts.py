"""Drawings as inline SVG: strips in the cells of a table, a day of half hours, and changes around zero.

The rule of this file: geometry only. Colours and fonts are classes that `page` defines, so that one drawing
serves light and dark. Every mark with a meaning has a title in words.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from math import floor, log10

STRIP, HIGH = 220, 22  # of a strip in a cell
WIDE, TALL, LEFT, RIGHT, FOOT = 560, 150, 34, 24, 18  # of a day
HOURS = range(0, 25, 3)

_Scale = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class Series:
    """One number for each half hour of a day, or None."""

    values: Sequence[float | None]
    look: str  # the class of its mark
    name: str


def draw_share(value: float, interval: tuple[float, float] | None, target: float | None, words: str) -> str:
    """A point on a scale of 0 to 100 %, with its interval and a mark at the target."""
    missed = " missed" if target is not None and value < target else ""
    marks = [_line(0, HIGH / 2, STRIP, HIGH / 2, "axis")]
    if target is not None:
        marks.append(_line(target * STRIP, 3, target * STRIP, HIGH - 3, "target"))
    if interval is not None:
        low, high = (min(1.0, max(0.0, bound)) * STRIP for bound in interval)
        marks.append(_line(low, HIGH / 2, high, HIGH / 2, f"whisker{missed}"))
    marks.append(f'<circle cx="{_n(value * STRIP)}" cy="{HIGH / 2:g}" r="4" class="point{missed}"/>')
    return _svg(STRIP, HIGH, marks, words, "strip")


def draw_waits(middle: float, most: float, nearly_all: float, mean: float | None, longest: float, words: str) -> str:
    """Bars from zero to the waits of 50 and of 90 in 100, a thin line on to that of 95, and a point at the mean.
    `longest`: the wait at which the scale ends."""
    scale = STRIP / longest if longest else 0.0
    marks = [
        _line(0, HIGH / 2, STRIP, HIGH / 2, "axis"),
        _bar(0, 7, most * scale, 8, "wait"),
        _bar(0, 7, middle * scale, 8, "wait half"),
        _line(most * scale, HIGH / 2, nearly_all * scale, HIGH / 2, "whisker"),
        _line(nearly_all * scale, 6, nearly_all * scale, HIGH - 6, "whisker"),
    ]
    if mean is not None:
        marks.append(f'<circle cx="{_n(min(STRIP, mean * scale))}" cy="{HIGH / 2:g}" r="3.5" class="point"/>')
    return _svg(STRIP, HIGH, marks, words, "strip")


def draw_change(value: float, interval: tuple[float, float] | None, longest: float, words: str) -> str:
    """A bar from zero in the middle: to the left is less."""
    middle, scale = STRIP / 2, STRIP / 2 / longest if longest else 0.0
    sure = interval is not None and not interval[0] <= 0 <= interval[1]
    look = ("less" if value < 0 else "more") if sure else "unsure"
    end = middle + value * scale
    marks = [_bar(min(middle, end), 6, abs(end - middle), 10, look), _line(middle, 0, middle, HIGH, "zero")]
    if interval is not None:
        low, high = (min(STRIP, max(0, middle + bound * scale)) for bound in interval)
        marks.append(_line(low, HIGH / 2, high, HIGH / 2, "whisker"))
    return _svg(STRIP, HIGH, marks, words, "strip")


def draw_day(bars: Series | None, steps: Iterable[Series], lines: Iterable[Series], words: str) -> str:
    """Midnight to midnight, from zero. Steps and lines share the scale at the left; bars have theirs at the right."""
    steps, lines = list(steps), list(lines)
    top = _top([*steps, *lines])
    bars_top = _top([bars] if bars is not None else [])
    width, height = (WIDE - LEFT - (RIGHT if bars else 0)) / 48, TALL - FOOT - 6

    def x(number: float) -> float:
        return LEFT + number * width

    def y(value: float) -> float:
        return 6 + height * (1 - value / top)

    marks = []
    for tick in (0.0, top / 2, top):
        marks.append(_line(LEFT, y(tick), x(48), y(tick), "grid"))
        marks.append(f'<text x="{LEFT - 6}" y="{_n(y(tick) + 4)}" class="tick end">{tick:g}</text>')
        if bars is not None:
            right = f"{tick / top * bars_top:g}"
            marks.append(f'<text x="{_n(x(48) + 6)}" y="{_n(y(tick) + 4)}" class="tick">{right}</text>')
    for hour in HOURS:
        marks.append(f'<text x="{_n(x(hour * 2))}" y="{TALL - 3}" class="tick middle">{hour:02}</text>')
    if bars is not None:
        for number, value in enumerate(bars.values):
            if value:
                title = f"{bars.name} {number // 2:02}:{number % 2 * 30:02}: {value:.1f}"
                tall = height * value / bars_top
                marks.append(_bar(x(number) + 1, y(0) - tall, width - 2, tall, bars.look, title))
    for series in steps:
        marks.append(_path(_corners([(x(n), x(n + 1), v) for n, v in enumerate(series.values)], y), series))
    for series in lines:
        marks.append(_path(_joints([(x(n + 0.5), v) for n, v in enumerate(series.values)], y), series))
    return _svg(WIDE, TALL, marks, words, "day")


def _corners(steps: Iterable[tuple[float, float, float | None]], y: _Scale) -> str:
    path, pen_down = "", False
    for begin, end, value in steps:
        if value is None:
            pen_down = False
            continue
        path += f"{'L' if pen_down else 'M'}{_n(begin)} {_n(y(value))}L{_n(end)} {_n(y(value))}"
        pen_down = True
    return path


def _joints(points: Iterable[tuple[float, float | None]], y: _Scale) -> str:
    path, pen_down = "", False
    for at, value in points:
        if value is not None:
            path += f"{'L' if pen_down else 'M'}{_n(at)} {_n(y(value))}"
        pen_down = value is not None
    return path


def _path(path: str, series: Series) -> str:
    return f'<path d="{path}" class="{series.look}"><title>{escape(series.name)}</title></path>'


def _top(series: Iterable[Series]) -> float:
    return _round_up(max((value for each in series for value in each.values if value is not None), default=1.0))


def _round_up(value: float) -> float:
    """The next of 1, 2, 4, 6, 8, 10 in the value's own power of ten."""
    if value <= 0:
        return 1.0
    power = 10.0 ** floor(log10(value))
    return float(next(step for step in (1, 2, 4, 6, 8, 10) if step * power >= value) * power)


def _svg(width: int, height: int, marks: Iterable[str], words: str, look: str) -> str:
    inside = "".join(marks)
    return (
        f'<svg viewBox="0 0 {width} {height}" class="{look}" role="img" aria-label="{escape(words)}">'
        f"<title>{escape(words)}</title>{inside}</svg>"
    )


def _line(x1: float, y1: float, x2: float, y2: float, look: str) -> str:
    return f'<line x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}" class="{look}"/>'


def _bar(x: float, y: float, width: float, height: float, look: str, title: str = "") -> str:
    inside = f"<title>{escape(title)}</title>" if title else ""
    place = f'x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}"'
    return f'<rect {place} rx="1.5" class="{look}">{inside}</rect>'


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")

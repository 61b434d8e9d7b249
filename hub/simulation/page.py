"""A run, or a comparison of two, as one HTML page that needs nothing else: no script, no network, light and dark.

The rule of this file: everything that comes from a file is escaped. `charts` makes the drawings.
"""

from collections.abc import Iterator
from html import escape
from importlib.resources import files
from itertools import groupby

from channels.registry import traits_of
from hub.simulation import charts
from hub.simulation.comparing import Comparison, Difference
from hub.simulation.day import Day
from hub.simulation.page_words import say
from hub.simulation.running import Played
from hub.simulation.table import shown, unit_of
from routing.intervals import Figure
from routing.measures import MeasuredLine
from routing.model import TierId

NOTHING = "–"


def draw_run(played: Played, language: str = "en") -> str:
    return _Page(played, language).draw([])


def draw_comparison(comparison: Comparison, language: str = "en") -> str:
    """The comparison, and the page of one run: of the second if a head start was taken away in the first, else of the
    first."""
    page = _Page(comparison.second if comparison.without else comparison.first, language)
    return page.draw(page.compared(comparison))


class _Page:
    def __init__(self, played: Played, language: str) -> None:
        self._played = played
        self._language = language
        policy = played.read.policy
        named = [(one.id, one.names) for one in policy.queues] + [(one.id, one.names) for one in policy.tiers]
        self._names = {name: names.get(language) or next(iter(names.values())) for name, names in named}
        self._levels = {queue.id: queue.service_level for queue in policy.queues}
        self._tiers = [tier.id for tier in sorted(policy.tiers, key=lambda tier: -tier.order)]

    def draw(self, more: "list[str] | Iterator[str]") -> str:
        run = self._played.read.file.run
        about = self._html(
            "run",
            days=run.days,
            first_day=f"{run.first_day}",
            warm_up=self._say("warm_up", days=run.warm_up_days) if run.warm_up_days else "",
            seed=run.seed,
            arrived=self._played.lines[-1].arrived,
        )
        parts = [
            f"<header><h1>{escape(self._played.read.file.name)}</h1>",
            f"<p>{escape(self._played.label)} · {about}</p>",
            f"<p>{self._html('intervals', batches=self._played.span.batches)}</p></header>",
            *more,
            *self._service(),
            *self._days(),
        ]
        body = "\n".join(parts)
        style = files("hub.simulation").joinpath("page.css").read_text(encoding="utf-8")
        return (
            f'<!doctype html>\n<html lang="{self._language}">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{escape(self._played.read.file.name)}</title>\n<style>\n{style}</style>\n</head>\n"
            f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
        )

    # -- service and waits ------------------------------------------------------------------------------

    def _service(self) -> Iterator[str]:
        yield f"<section><h2>{self._html('service')}</h2><table>"
        yield self._head("tier", "arrived", "in_time:2", "waits:1", "asa", "abandoned", "occupancy")
        for (queue, channel), group in groupby(
            (line for line in shown(self._played.lines) if line.queue is not None),
            key=lambda line: (line.queue, line.channel),
        ):
            lines = list(group)
            yield f'<tbody><tr><th colspan="8" class="place">{self._place(lines[0])}</th></tr>'
            longest = max((line.quantiles[-1].value for line in lines if line.quantiles[-1]), default=0.0)
            level = self._levels[queue].get(channel) if queue is not None and channel is not None else None
            yield from (self._row(line, longest, level.target if level else None) for line in lines)
            yield "</tbody>"
        yield "</table>"
        yield f"<p class='note'>{self._html('occupancy_note')}"
        everything = self._played.lines[-1]
        for what in ("unanswered", "diverted"):
            if count := getattr(everything, what):
                yield f" {self._html(what, count=count)}"
        yield "</p></section>"

    def _head(self, *heads: str) -> str:
        """A number after the key means that drawings stand under this head, and over how many columns it goes."""
        cells = ""
        for head in heads:
            key, _, columns = head.partition(":")
            wide = f' colspan="{columns}" class="drawn"' if columns else ""
            cells += f"<th{wide}>{self._html(key)}</th>"
        return f"<thead><tr>{cells}</tr></thead>"

    def _place(self, line: MeasuredLine) -> str:
        assert line.queue is not None and line.channel is not None
        level = self._levels[line.queue].get(line.channel)
        words = f"{escape(self._names[line.queue])} · {self._name_channel(line.channel)}"
        if level is None:
            return words
        within = self._html(
            "in_time_within", threshold=self._time(level.seconds), target=f"{level.target * 100:.0f} %"
        )
        return f"{words} <span>{within}</span>"

    def _row(self, line: MeasuredLine, longest: float, target: float | None) -> str:
        in_time, asa = line.in_time.figure(), line.asa.figure()
        half, most, nearly_all = line.quantiles
        share = waits = ""
        if in_time is not None:
            share = charts.draw_share(in_time.value, in_time.interval, target, self._share(in_time))
        if half and most and nearly_all:
            mean = line.wait.value
            words = self._say(
                "waits_words",
                half=self._time(half.value),
                most=self._time(most.value),
                nearly_all=self._time(nearly_all.value),
                mean=self._time(mean or 0.0),
            )
            waits = charts.draw_waits(half.value, most.value, nearly_all.value, mean, longest, words)
            waits += f"<small>{self._time(nearly_all.value)}</small>"
        cells = [
            f"{line.arrived:,}",
            share,
            self._share(in_time),
            waits,
            self._seconds(asa),
            self._share(line.left.figure()),
            self._share(line.work.figure()),
        ]
        kind = ' class="total"' if line.tier is None else ""
        inside = "".join(f"<td>{cell}</td>" for cell in cells)
        return f"<tr{kind}><th>{self._tier(line)}</th>{inside}</tr>"

    # -- the day ----------------------------------------------------------------------------------------

    def _days(self) -> Iterator[str]:
        yield f"<section><h2>{self._html('day')}</h2>"
        for day in self._played.days:
            name = f"{escape(self._names[day.queue])} · {self._name_channel(day.channel)}"
            yield f"<h3>{name}</h3><div class='pair'>{self._arrivals(day)}{self._waits(day)}</div>"
        yield "</section>"

    def _arrivals(self, day: Day) -> str:
        halves = day.half_hours
        expected = charts.Series([half.expected for half in halves], "expected", self._say("expected"))
        steps = [charts.Series([half.available for half in halves], "available", self._say("available"))]
        if any(half.needed is not None for half in halves):
            steps.append(charts.Series([half.needed for half in halves], "needed", self._say("needed")))
        legend = [(each.look, each.name) for each in (expected, *steps)]
        title = self._say("arrivals_and_agents")
        return self._chart(title, charts.draw_day(expected, steps, [], title), legend)

    def _waits(self, day: Day) -> str:
        tiers = [tier for tier in self._tiers if any(tier in half.waits for half in day.half_hours)]
        waits = [[half.find_wait(TierId(tier)) for half in day.half_hours] for tier in tiers]
        scale, unit = unit_of(max((wait for each in waits for wait in each if wait is not None), default=0.0))
        lines = [
            charts.Series(
                [wait and wait / scale for wait in each], f"tier-{self._tiers.index(tier)}", self._names[tier]
            )
            for tier, each in zip(tiers, waits, strict=True)
        ]
        title = self._say("mean_waits", unit=self._say(unit).strip())
        return self._chart(title, charts.draw_day(None, [], lines, title), [(each.look, each.name) for each in lines])

    def _chart(self, title: str, drawing: str, legend: list[tuple[str, str]]) -> str:
        keys = "".join(f'<span><i class="{look}"></i>{escape(name)}</span>' for look, name in legend)
        return f"<figure><figcaption>{escape(title)}</figcaption>{drawing}<p class='legend'>{keys}</p></figure>"

    # -- compared ---------------------------------------------------------------------------------------

    def compared(self, comparison: Comparison) -> Iterator[str]:
        yield f"<section><h2>{self._html('compared')}</h2>"
        sides = (("first", comparison.first), ("second", comparison.second))
        said = [self._html("labelled", which=self._say(which), label=one.label) for which, one in sides]
        yield f"<p>{'<br>'.join(said)}</p>"
        if comparison.without:
            price = self._html("price", tier=self._names[comparison.without])
            yield f"<h3>{price}</h3><ul class='price'>"
            for channel, group in groupby(comparison.by_tier(), key=lambda each: each.first.channel):
                told = "".join(self._price(each) for each in group)
                yield f"<li><b>{self._name_channel(channel)}</b>{told}</li>"
            yield "</ul>"
        yield "<table>" + self._head("tier", "first", "second", "change:2", "in_time_change", "left_change")
        kept = shown(comparison.first.lines)
        rows = (each for each in comparison.differences if each.first.queue is not None and each.first in kept)
        for _, group in groupby(rows, key=lambda each: (each.first.queue, each.first.channel)):
            here = list(group)
            ends = [abs(bound) for each in here if each.wait for bound in (each.wait.interval or (each.wait.value,))]
            yield f'<tbody><tr><th colspan="7" class="place">{self._place(here[0].first)}</th></tr>'
            yield from (self._change_row(each, max(ends, default=0.0)) for each in here)
            yield "</tbody>"
        yield f"</table><p class='note'>{self._html('compared_note')}</p></section>"

    def _change_row(self, each: Difference, longest: float) -> str:
        words = self._signed(each.wait)
        drawing = charts.draw_change(each.wait.value, each.wait.interval, longest, words) if each.wait else ""
        cells = [
            self._seconds(each.first.wait.figure()),
            self._seconds(each.second.wait.figure()),
            drawing,
            words,
            self._points(each.in_time),
            self._points(each.left),
        ]
        kind = ' class="total"' if each.first.tier is None else ""
        return f"<tr{kind}><th>{self._tier(each.first)}</th>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"

    def _price(self, each: Difference) -> str:
        unsure = each.wait is None or each.wait.interval is None or each.wait.holds(0)
        look = "unsure" if unsure else "less" if each.wait is not None and each.wait.value < 0 else "more"
        return f'<span class="{look}">{self._tier(each.first)} {self._signed(each.wait)}</span>'

    # -- words and numbers ------------------------------------------------------------------------------

    def _say(self, key: str, **values: str | int) -> str:
        return say(key, self._language, **values)

    def _html(self, key: str, **values: str | int) -> str:
        return escape(self._say(key, **values))

    def _name_channel(self, channel: str) -> str:
        names = traits_of(channel).names
        return escape(names.get(self._language) or names["en"])

    def _tier(self, line: MeasuredLine) -> str:
        if line.tier is None:
            return self._html("all_tiers")
        place = self._tiers.index(line.tier)
        return f'<i class="tier-{place}"></i>{escape(self._names[line.tier])}'

    def _time(self, value: float) -> str:
        scale, unit = unit_of(value)
        number = f"{value / scale:.{0 if scale == 1 else 1}f}"
        return f"{number.removesuffix('.0')}{self._unit(unit)}"

    def _seconds(self, figure: Figure | None, sign: str = "") -> str:
        if figure is None:
            return NOTHING
        scale, unit = unit_of(figure.value)
        return f"{figure.value / scale:{sign},.1f}{self._unit(unit)}{self._margin(figure, 1 / scale)}"

    def _signed(self, figure: Figure | None) -> str:
        return self._seconds(figure, "+")

    def _points(self, figure: Figure | None) -> str:
        return NOTHING if figure is None else f"{figure.value * 100:+.1f}{self._margin(figure, 100)}"

    def _share(self, figure: Figure | None) -> str:
        return NOTHING if figure is None else f"{figure.value * 100:.1f} %{self._margin(figure, 100)}"

    def _margin(self, figure: Figure, scale: float) -> str:
        return "" if figure.margin is None else f" ±{figure.margin * scale:,.1f}"

    def _unit(self, unit: str) -> str:
        word = self._say(unit)
        return word if word.startswith(" ") else f" {word}"

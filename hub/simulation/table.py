"""A run, or a comparison of two, as text for a terminal.

The rule of this file: strings only. Figures come with half the width of their 95 % interval, except the quantiles
of the wait. A dash stands for a figure that does not exist.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby

from channels.wording import say_count
from hub.simulation.comparing import Comparison, Difference
from hub.simulation.running import Played
from routing.intervals import Figure
from routing.measures import MeasuredLine

NOTHING = "-"
QUANTILE_HEADS = ["wait 50 %", "90 %", "95 %"]
ALL_QUEUES, ALL_TIERS = "(all queues)", "(all tiers)"


def print_run(played: Played) -> str:
    head = ["queue", "channel", "tier", "arrived", "in time", "ASA", *QUANTILE_HEADS, "abandoned", "occupancy"]
    rows = []
    for line in shown(played.lines):
        rows.append(
            [
                *name(line),
                f"{line.arrived:,}",
                share(line.in_time.figure()),
                seconds(line.asa.figure()),
                *(NOTHING if quantile is None else brief(quantile.value) for quantile in line.quantiles),
                share(line.left.figure()),
                share(line.work.figure()),
            ]
        )
    parts = [describe(played), lay_out(head, rows), *_remarks(played)]
    return "\n\n".join(parts)


def print_comparison(comparison: Comparison) -> str:
    first, second = comparison.first, comparison.second
    head = ["queue", "channel", "tier", "wait, first", "second", "change", "in time", "abandoned", "occupancy"]
    rows = []
    for each in comparison.differences:
        if each.first not in shown(first.lines):
            continue
        rows.append(
            [
                *name(each.first),
                seconds(each.first.wait.figure()),
                seconds(each.second.wait.figure()),
                change(each.wait, " s"),
                *(change(figure, " pt", 100) for figure in (each.in_time, each.left, each.work)),
            ]
        )
    parts = [
        f"first:  {first.label}\nsecond: {second.label}\n"
        "Both runs have the same customers, and a change compares batch with batch.",
        lay_out(head, rows),
        *([tell_price(comparison)] if comparison.without else []),
    ]
    return "\n\n".join(parts)


def tell_price(comparison: Comparison) -> str:
    """What the head start of one tier gives it, and costs the others, in seconds."""
    lines = []
    for channel, group in groupby(comparison.by_tier(), key=lambda each: each.first.channel):
        told = [_tell_change(each) for each in sorted(group, key=lambda each: each.first.tier != comparison.without)]
        lines.append(f"  {channel}: " + "; ".join(filter(None, told)))
    return f"What the head start of {comparison.without} changes in the mean wait:\n" + "\n".join(lines)


def shown(lines: Iterable[MeasuredLine]) -> list[MeasuredLine]:
    """All lines except the grand total, and except a channel's total if only one queue has the channel."""
    lines = list(lines)
    queues = {line.channel: {one.queue for one in lines if one.channel == line.channel} for line in lines}
    return [line for line in lines if line.queue is not None or (line.channel and len(queues[line.channel]) > 2)]


def describe(played: Played) -> str:
    file = played.read.file
    warm_up = f", after {say_count(file.run.warm_up_days, 'day')} of warm-up" if file.run.warm_up_days else ""
    return (
        f"{file.name}: {played.label}\n"
        f"{say_count(file.run.days, 'day')} from {file.run.first_day}{warm_up}; seed {file.run.seed}; "
        f"{say_count(played.lines[-1].arrived, 'interaction')}, {say_count(played.inputs, 'input')} "
        f"in {played.seconds:.1f} s\n"
        f"± is half of the 95 % interval, by batch means over {say_count(played.span.batches, 'batch', 'batches')}"
        + ("" if played.span.batches > 1 else ": a single batch gives no interval")
    )


def _remarks(played: Played) -> Iterable[str]:
    everything = played.lines[-1]
    if everything.diverted:
        were = say_count(everything.diverted, "interaction was", "interactions were")
        yield f"{were} closed before an answer (by voicemail or release)."
    if everything.called_out or everything.agreed:
        out, agreed = say_count(everything.called_out, "call out"), say_count(everything.agreed, "agreed call")
        yield f"{out} and {agreed} took the agents' time; they count in the occupancy alone."
    if everything.unanswered:
        left = say_count(everything.unanswered, "interaction")
        yield f"{left} still waited at the end of the run. The waits above are without them."
    busiest = [(day, day.half_hours[day.busiest]) for day in played.days]
    planned = [
        f"  {day.queue}: {half.expected:.1f} calls in the half hour from {clock(day.busiest)}; "
        f"Erlang asks for {half.needed}, {half.available:.1f} were available"
        for day, half in busiest
        if half.needed is not None
    ]
    if planned:
        yield "In the busiest half hour, if each queue had its calls and agents to itself:\n" + "\n".join(planned)


def lay_out(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Align names left and figures right. An empty line separates places (queue and channel), and only the first row
    of a place names it."""
    widths = [max(len(row[n]) for row in [head, *rows]) for n in range(len(head))]
    text = [_join(head, widths), "-" * (sum(widths) + 2 * (len(widths) - 1))]
    before: tuple[str, ...] = ()
    for row in rows:
        place = tuple(row[:2])
        if before and place != before:
            text.append("")
        cells = ["" if place == before and n < 2 else cell for n, cell in enumerate(row)]
        text.append(_join(cells, widths))
        before = place
    return "\n".join(text)


def _join(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(
        cell.ljust(width) if n < 3 else cell.rjust(width)
        for n, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ).rstrip()


def _tell_change(each: Difference) -> str:
    if each.wait is None:
        return ""
    if each.wait.interval is None or each.wait.holds(0):
        return f"{each.first.tier} {each.wait.value:+.1f} s (not sure)"
    return f"{each.first.tier} {each.wait.value:+.1f} s"


def name(line: MeasuredLine) -> tuple[str, str, str]:
    return line.queue or ALL_QUEUES, line.channel or "", line.tier or ALL_TIERS


def share(figure: Figure | None) -> str:
    if figure is None:
        return NOTHING
    return f"{figure.value:.1%}".replace("%", " %") + _margin(figure, 100)


def seconds(figure: Figure | None) -> str:
    """A duration in the unit that people use for it: seconds, minutes or hours."""
    if figure is None:
        return NOTHING
    scale, unit = unit_of(figure.value)
    return f"{figure.value / scale:,.1f} {unit}{_margin(figure, 1 / scale)}"


def brief(value: float) -> str:
    scale, unit = unit_of(value)
    return f"{value / scale:.{0 if scale == 1 else 1}f} {unit}"


def unit_of(value: float) -> tuple[int, str]:
    """(seconds in it, its name) of the unit for so many seconds."""
    if abs(value) < 99.5:
        return 1, "s"
    return (60, "min") if abs(value) < 99.5 * 60 else (3600, "h")


def change(figure: Figure | None, unit: str, scale: float = 1) -> str:
    return NOTHING if figure is None else f"{figure.value * scale:+,.1f}{unit}{_margin(figure, scale)}"


def clock(half_hour: int) -> str:
    return f"{half_hour // 2:02}:{half_hour % 2 * 30:02}"


def _margin(figure: Figure, scale: float = 1) -> str:
    return "" if figure.margin is None else f" ±{figure.margin * scale:,.1f}"

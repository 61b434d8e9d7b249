"""A run, or a comparison of two, as JSON for other programs.

The rule of this file: plain data; durations are seconds and say so in their names, shares are fractions of 1. A
figure is its value and the bounds of its 95 % interval, null where there is none.
"""

import json
from typing import Any

from hub.simulation.comparing import Comparison
from hub.simulation.day import Day
from hub.simulation.running import Played
from hub.simulation.table import clock
from routing.intervals import CONFIDENCE, Figure
from routing.measures import QUANTILES, MeasuredLine


def write_run(played: Played) -> str:
    return _write(_run(played))


def write_comparison(comparison: Comparison) -> str:
    changes = [
        {
            **_place(each.first),
            "wait_seconds": _figure(each.wait),
            "service_level": _figure(each.in_time),
            "abandonment": _figure(each.left),
            "occupancy": _figure(each.work),
        }
        for each in comparison.differences
    ]
    return _write(
        {
            "first": _run(comparison.first),
            "second": _run(comparison.second),
            "without_head_start_of": comparison.without,
            "changes": changes,
        }
    )


def _write(data: dict[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def _run(played: Played) -> dict[str, Any]:
    run = played.read.file.run
    return {
        "name": played.read.file.name,
        "label": played.label,
        "first_day": run.first_day.isoformat(),
        "warm_up_days": run.warm_up_days,
        "days": run.days,
        "seed": run.seed,
        "confidence": CONFIDENCE,
        "intervals": "batch means",
        "batches": played.span.batches,
        "lines": [_line(line) for line in played.lines],
        "days_by_half_hour": [_day(day) for day in played.days],
    }


def _place(line: MeasuredLine) -> dict[str, str | None]:
    """null stands for all queues, channels or tiers."""
    return {"queue": line.queue, "channel": line.channel, "tier": line.tier}


def _line(line: MeasuredLine) -> dict[str, Any]:
    return {
        **_place(line),
        "arrived": line.arrived,
        "answered": line.answered,
        "abandoned": line.abandoned,
        "diverted": line.diverted,
        "unanswered": line.unanswered,
        "called_out": line.called_out,
        "agreed": line.agreed,
        "service_level": _figure(line.in_time.figure()),
        "asa_seconds": _figure(line.asa.figure()),
        "wait_seconds": _figure(line.wait.figure()),
        "wait_quantiles_seconds": {
            f"{share:g}": _figure(figure) for share, figure in zip(QUANTILES, line.quantiles, strict=True)
        },
        "abandonment": _figure(line.left.figure()),
        "occupancy": _figure(line.work.figure()),
    }


def _day(day: Day) -> dict[str, Any]:
    half_hours = [
        {
            "time": clock(number),
            "expected": round(half.expected, 3),
            "agents_available": round(half.available, 3),
            "agents_needed_by_erlang": half.needed,
            "wait_seconds": {tier: half.find_wait(tier) for tier in half.waits},
        }
        for number, half in enumerate(day.half_hours)
    ]
    return {"queue": day.queue, "channel": day.channel, "half_hours": half_hours}


def _figure(figure: Figure | None) -> dict[str, float | None] | None:
    if figure is None:
        return None
    low, high = figure.interval or (None, None)
    return {"value": figure.value, "low": low, "high": high}

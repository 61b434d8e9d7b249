"""Reads a scenario file, with the files that it names, under a policy.

The rule of this file: a scenario with a problem is refused, and each problem has its key and line
(`hub.toml_files.problems`).
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from channels.registry import traits_of
from hub.policies.document import PolicyDocument
from hub.policies.document_text import parse_policy
from hub.simulation.forecast import Forecast, read_forecast, read_observed
from hub.simulation.sections import DistributionSection, ScenarioFile
from hub.toml_files.problems import ConfigErrors, Finder, Problem, find_repeated, say_unknown, validate
from hub.toml_files.toml_lines import Key
from routing.distributions import Distribution, Empirical, Exponential, Fixed, Lognormal
from routing.model import SECOND, ChannelName

HALF_HOUR = 30  # minutes
DAY = 24 * 60
MOST_DUTY_DAYS = 1_000_000  # played days times agents; the duties of all are held in memory
KINDS_OF_DISTRIBUTION = ("fixed", "exponential", "lognormal", "observed", "observed_file")


@dataclass(frozen=True, slots=True)
class ReadScenario:
    file: ScenarioFile
    policy: PolicyDocument
    forecast: Forecast
    distributions: Mapping[DistributionSection, Distribution]


def read_toml(path: Path) -> tuple[dict[str, Any], Finder]:
    """Raises `ConfigErrors` if the file cannot be read or is no TOML."""
    try:
        text = path.read_text(encoding="utf-8")
        return tomllib.loads(text), Finder(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        raise ConfigErrors(
            [Problem("", f"is not valid TOML: {error}", int(line[1]) if line else None)], path.name or str(path)
        ) from error
    except OSError as error:
        raise ConfigErrors([Problem("", f"cannot be read: {error.strerror}")], path.name or str(path)) from error
    except UnicodeDecodeError as error:
        raise ConfigErrors([Problem("", "is not UTF-8: save it as UTF-8")], path.name or str(path)) from error


def read_policy(path: Path) -> PolicyDocument:
    """The policy part of a config.toml, or of a scenario that has one; what else is in it does not matter here."""
    data, finder = read_toml(path)
    table = data.get("policy")
    if not isinstance(table, dict):
        raise ConfigErrors([finder.problem(("policy",), "is missing: add the [policy] tables")], path.name)
    try:
        return parse_policy(table, finder, ("policy",))
    except ConfigErrors as errors:
        raise ConfigErrors(errors.problems, path.name) from errors


def read_scenario(path: Path, policy: PolicyDocument) -> ReadScenario:
    """The scenario at `path`, played under this policy."""
    data, finder = read_toml(path)
    data.pop("policy", None)
    file, problems = validate(ScenarioFile, data, finder)
    if file is None:
        raise ConfigErrors(problems, path.name)
    found = list(_check(file, policy))
    forecast = Forecast()
    if file.forecast is not None:
        forecast, wrong = read_forecast(path.parent / file.forecast.file)
        wrong += _check_forecast(file, policy, forecast)
        found += [(("forecast", "file"), f"{file.forecast.file}: {what}") for what in wrong]
    distributions = {}
    for key, section in _distributions(file):
        try:
            distributions[section] = _build(section, path.parent)
        except ValueError as error:
            found.append((key, str(error)))
    if found:
        raise ConfigErrors([finder.problem(key, what) for key, what in found], path.name)
    return ReadScenario(file, policy, forecast, distributions)


def minutes_of(time: str) -> int:
    """The minutes since midnight."""
    hours, minutes = time.split(":")
    return int(hours) * 60 + int(minutes)


def _distributions(file: ScenarioFile) -> Iterator[tuple[Key, DistributionSection]]:
    yield ("answering", "seconds"), file.answering.seconds
    yield ("callbacks", "seconds"), file.callbacks.seconds
    for n, work in enumerate(file.work):
        yield ("work", n, "handling_seconds"), work.handling_seconds
        yield ("work", n, "wrap_up_seconds"), work.wrap_up_seconds
        if work.patience_seconds is not None:
            yield ("work", n, "patience_seconds"), work.patience_seconds


def _build(section: DistributionSection, folder: Path) -> Distribution:
    """Raises ValueError with the problem."""
    if sum(getattr(section, kind) is not None for kind in KINDS_OF_DISTRIBUTION) != 1:
        raise ValueError(f"must have exactly one of {', '.join(KINDS_OF_DISTRIBUTION)}")
    if section.fixed is not None:
        return Fixed(_micros(section.fixed))
    if section.exponential is not None:
        return Exponential(section.exponential * SECOND)
    if section.lognormal is not None:
        return Lognormal(section.lognormal.mean * SECOND, section.lognormal.deviation * SECOND)
    observed = section.observed or read_observed(folder / (section.observed_file or ""))
    return Empirical(tuple(_micros(seconds) for seconds in observed))


def _micros(seconds: float) -> int:
    return round(seconds * SECOND)


def _check(file: ScenarioFile, policy: PolicyDocument) -> Iterator[tuple[Key, str]]:
    """The problems that no single value shows: names that do not exist; days, shares and times that do not fit."""
    queues = {queue.id: queue for queue in policy.queues}
    tiers = {tier.id for tier in policy.tiers}
    if not file.arrivals and file.forecast is None:
        yield ("arrivals",), "is missing: add it, or a forecast with its file"
    if file.run.days % file.run.days_per_batch:
        yield ("run", "days"), "must be a multiple of days_per_batch"
    elif file.run.parts > file.run.days // file.run.days_per_batch:
        yield ("run", "parts"), "must be at most the number of batches (days / days_per_batch)"
    played = file.run.days + file.run.warm_up_days * file.run.parts
    if sum(agents.count for agents in file.agents) * played > MOST_DUTY_DAYS:
        yield ("run", "days"), f"must be fewer: played days times agents may be at most {MOST_DUTY_DAYS:,}"
    for n, work in enumerate(file.work):
        if work.queue not in queues:
            yield ("work", n, "queue"), say_unknown("a queue", queues)
        elif work.channel not in policy.channels_of(queues[work.queue]):
            yield (
                ("work", n, "channel"),
                f"must be one that this queue takes: {', '.join(policy.channels_of(queues[work.queue]))}",
            )
        if work.tier is not None and work.tier not in tiers:
            yield ("work", n, "tier"), say_unknown("a tier", sorted(tiers))
    yield from find_repeated("work", "queue", [(work.queue, work.channel, work.tier) for work in file.work])
    for n, arrivals in enumerate(file.arrivals):
        for tier in arrivals.tiers:
            if tier not in tiers:
                yield ("arrivals", n, "tiers", tier), say_unknown("a tier", sorted(tiers))
            elif file.find_work(arrivals.queue, arrivals.channel, tier) is None:
                yield ("arrivals", n), _without_work(arrivals.queue, arrivals.channel, tier)
        if abs(sum(arrivals.tiers.values()) - 1) > 1e-6:
            yield ("arrivals", n, "tiers"), "must be shares that add up to 1"
        if arrivals.begun_by != "customer" and not traits_of(arrivals.channel).is_call:
            yield ("arrivals", n, "begun_by"), "must be customer: only calls are made or agreed"
        elif arrivals.begun_by == "appointment" and getattr(queues.get(arrivals.queue), "callback", None) is None:
            yield ("arrivals", n, "begun_by"), "needs a queue that calls back: give it a callback in the policy"
        if minutes_of(arrivals.begins) + HALF_HOUR * len(arrivals.per_half_hour) > DAY:
            yield ("arrivals", n, "per_half_hour"), "goes past midnight: begin earlier, or give fewer half hours"
    yield from _check_staff(file, set(queues))


def _check_staff(file: ScenarioFile, queues: set[str]) -> Iterator[tuple[Key, str]]:
    shifts = {shift.id for shift in file.shifts}
    yield from find_repeated("shifts", "id", [shift.id for shift in file.shifts])
    yield from find_repeated("agents", "id", [agent.id for agent in file.agents])
    for n, shift in enumerate(file.shifts):
        begins, ends = minutes_of(shift.begins), minutes_of(shift.ends)
        length = (ends - begins) % DAY or DAY
        for m, rest in enumerate(shift.breaks):
            since = (minutes_of(rest.begins) - begins) % DAY
            if not since < since + (minutes_of(rest.ends) - minutes_of(rest.begins)) % DAY <= length:
                yield ("shifts", n, "breaks", m), "must lie within the shift"
    for n, agent in enumerate(file.agents):
        for m, shift_id in enumerate(agent.shifts):
            if shift_id not in shifts:
                yield ("agents", n, "shifts", m), say_unknown("a shift", sorted(shifts))
        for m, queue in enumerate(agent.queues):
            if queue not in queues:
                yield ("agents", n, "queues", m), say_unknown("a queue", sorted(queues))


def _check_forecast(file: ScenarioFile, policy: PolicyDocument, forecast: Forecast) -> list[str]:
    queues = {queue.id for queue in policy.queues}
    tiers = {tier.id for tier in policy.tiers}
    wrong = []
    for row in forecast.rows:
        if row.queue not in queues:
            wrong.append(f"line {row.line}: queue: {say_unknown('a queue', sorted(queues))}")
        elif row.tier not in tiers:
            wrong.append(f"line {row.line}: tier: {say_unknown('a tier', sorted(tiers))}")
        elif file.find_work(row.queue, row.channel, row.tier) is None:
            wrong.append(f"line {row.line}: {_without_work(row.queue, row.channel, row.tier)}")
    return wrong


def _without_work(queue: str, channel: ChannelName, tier: str) -> str:
    return f"needs a [[work]] table for {channel} in {queue} for {tier}: add one"

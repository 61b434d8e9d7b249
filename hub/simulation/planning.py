"""From a scenario file to what the simulator plays: days become instants, shifts become duties.

The rule of this file: no other file converts a day and a time into an instant. Days are the policy's local days, so a
shift begins at eight by the wall clock also when daylight saving time begins or ends.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from hub.policies.routing_form import build_routing_policy
from hub.simulation.forecast import ForecastRow
from hub.simulation.scenario_file import DAY, HALF_HOUR, ReadScenario, minutes_of
from hub.simulation.sections import WEEK, AgentsSection, ShiftSection, Weekday
from routing.measures import MeasuredSpan, Threshold
from routing.model import SECOND, AgentId, AgentProfile, AgentState, ChannelName, Micros, QueueId, TierId
from routing.scenario import BegunBy, Duty, Kind, Scenario, Slot


@dataclass(frozen=True)
class Calendar:
    """The played days: first those of the warm-up, then the measured ones."""

    zone: ZoneInfo
    first: date
    warm_up: int
    measured: int

    @cached_property
    def days(self) -> tuple[date, ...]:
        return tuple(self.first + timedelta(days=n) for n in range(self.warm_up + self.measured))

    @cached_property
    def begins_at(self) -> tuple[Micros, ...]:
        """Midnight of each measured day, and the end of the last."""
        return tuple(self.at(self.first + timedelta(days=self.warm_up + n), 0) for n in range(self.measured + 1))

    def at(self, day: date, minutes: int) -> Micros:
        """The instant that many minutes after midnight, by the wall clock."""
        wall = datetime.combine(day, time(), self.zone) + timedelta(minutes=minutes)
        return int(wall.timestamp()) * SECOND

    def has(self, day: date, minutes: int) -> bool:
        """Whether that day has this time: when clocks go forward, a day lacks an hour."""
        wall = datetime.combine(day, time(), self.zone) + timedelta(minutes=minutes)
        return wall.astimezone(UTC).astimezone(self.zone).time() == wall.time()


def build_calendar(read: ReadScenario) -> Calendar:
    run = read.file.run
    return Calendar(ZoneInfo(read.policy.time_zone), run.first_day, run.warm_up_days, run.days)


def build_span(read: ReadScenario) -> MeasuredSpan:
    days = build_calendar(read).begins_at
    return MeasuredSpan(days[0], days[-1], read.file.run.days // read.file.run.days_per_batch)


def build_threshold(read: ReadScenario) -> Threshold:
    return {
        (QueueId(queue.id), channel): level.seconds * SECOND
        for queue in read.policy.queues
        for channel, level in queue.service_level.items()
    }


def build_scenario(read: ReadScenario) -> Scenario:
    calendar = build_calendar(read)
    shifts = {shift.id: shift for shift in read.file.shifts}
    staff: list[tuple[AgentId, AgentProfile]] = []
    duties: list[Duty] = []
    for agents in read.file.agents:
        profile = _build_profile(agents)
        own = [shifts[shift_id] for shift_id in agents.shifts]
        for agent_id in _names_of(agents):
            staff.append((agent_id, profile))
            duties += _duties(agent_id, own, calendar)
    answering = read.file.answering
    return Scenario(
        policy=build_routing_policy(read.policy, version=1),
        kinds=tuple(_kinds(read, calendar)),
        staff=tuple(staff),
        duties=tuple(sorted(duties, key=lambda duty: duty.at)),
        answering=read.distributions[answering.seconds],
        returns_after=answering.returns_after_seconds * SECOND,
        ringing=read.distributions[read.file.callbacks.seconds],
        callbacks_answered=read.file.callbacks.answered,
    )


def _kinds(read: ReadScenario, calendar: Calendar) -> Iterator[Kind]:
    for number, arrivals in enumerate(read.file.arrivals, start=1):
        begins = minutes_of(arrivals.begins)
        half_hours = [(begins + HALF_HOUR * n, expected) for n, expected in enumerate(arrivals.per_half_hour)]
        for tier, share in arrivals.tiers.items():
            slots = [
                _slot(calendar, day, minutes, expected * share)
                for day in calendar.days
                if WEEK[day.weekday()] in arrivals.days
                for minutes, expected in half_hours
                if calendar.has(day, minutes)
            ]
            requirement = arrivals.requirement.build()
            yield replace(
                _kind(read, arrivals.queue, arrivals.channel, tier, slots),
                requirement=requirement,
                begun_by=BegunBy(arrivals.begun_by),
                number=number,
            )
    rows: dict[tuple[str, ChannelName, str], dict[Weekday | date, list[ForecastRow]]] = {}
    for row in read.forecast.rows:
        rows.setdefault((row.queue, row.channel, row.tier), {}).setdefault(row.day, []).append(row)
    for (queue, channel, tier), by_day in rows.items():
        slots = [
            _slot(calendar, day, row.minutes, row.arrivals)
            for day in calendar.days
            for row in sorted(by_day.get(day) or by_day.get(WEEK[day.weekday()], []), key=lambda row: row.minutes)
            if calendar.has(day, row.minutes)
        ]
        yield _kind(read, queue, channel, tier, slots)


def _kind(read: ReadScenario, queue: str, channel: ChannelName, tier: str, slots: list[Slot]) -> Kind:
    work = read.file.find_work(queue, channel, tier)
    assert work is not None  # `read_scenario` has looked
    return Kind(
        QueueId(queue),
        channel,
        TierId(tier),
        tuple(slots),
        handling=read.distributions[work.handling_seconds],
        wrap_up=read.distributions[work.wrap_up_seconds],
        patience=read.distributions[work.patience_seconds] if work.patience_seconds is not None else None,
    )


def _slot(calendar: Calendar, day: date, minutes: int, expected: float) -> Slot:
    return Slot(calendar.at(day, minutes), calendar.at(day, minutes + HALF_HOUR), expected)


def _build_profile(agents: AgentsSection) -> AgentProfile:
    return AgentProfile(
        queues=tuple(sorted(QueueId(queue) for queue in agents.queues)),
        skills=tuple(sorted(agents.skills.items())),
        languages=tuple(sorted(agents.languages)),
        teams=tuple(sorted(agents.teams)),
        points=tuple(sorted(agents.points.items())),
    )


def _names_of(agents: AgentsSection) -> list[AgentId]:
    if agents.count == 1:
        return [AgentId(agents.id)]
    return [AgentId(f"{agents.id}-{number}") for number in range(1, agents.count + 1)]


def _duties(agent_id: AgentId, shifts: list[ShiftSection], calendar: Calendar) -> Iterator[Duty]:
    """Shifts that touch or overlap are one stay; what is a break in one of them is a break."""
    stays: list[list[Micros]] = []
    for begins_at, ends_at in sorted(_shift_times(shifts, calendar)):
        if stays and begins_at <= stays[-1][1]:
            stays[-1][1] = max(ends_at, stays[-1][1])
        else:
            stays.append([begins_at, ends_at])
    for begins_at, ends_at in stays:
        yield Duty(begins_at, agent_id, AgentState.AVAILABLE)
        yield Duty(ends_at, agent_id, AgentState.OFFLINE)
    last = {ends_at for _, ends_at in stays}
    for begins_at, ends_at, reason in _breaks(shifts, calendar):
        yield Duty(begins_at, agent_id, AgentState.UNAVAILABLE, reason)
        if ends_at not in last:
            yield Duty(ends_at, agent_id, AgentState.AVAILABLE)


def _shift_times(shifts: list[ShiftSection], calendar: Calendar) -> Iterator[tuple[Micros, Micros]]:
    for shift in shifts:
        begins, ends = minutes_of(shift.begins), minutes_of(shift.ends)
        for day in _days_of(shift, calendar):
            yield calendar.at(day, begins), calendar.at(day, ends if ends > begins else ends + DAY)


def _breaks(shifts: list[ShiftSection], calendar: Calendar) -> Iterator[tuple[Micros, Micros, str]]:
    for shift in shifts:
        starts = minutes_of(shift.begins)
        for rest in shift.breaks:
            begins, ends = minutes_of(rest.begins), minutes_of(rest.ends)
            begins += DAY * (begins < starts)  # after midnight, in a shift that began the day before
            ends += DAY * (ends < starts)
            for day in _days_of(shift, calendar):
                yield calendar.at(day, begins), calendar.at(day, ends), rest.reason


def _days_of(shift: ShiftSection, calendar: Calendar) -> Iterator[date]:
    return (day for day in calendar.days if WEEK[day.weekday()] in shift.days)

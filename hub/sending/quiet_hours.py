"""Quiet hours: the part of the day in which nobody outside is called, by the clock where they are.

The rule of this file: pure. Where a person is, their profile says, else the country of the number, by the zones that
`phonenumbers` knows for it. Where it has several, an instant is quiet that is quiet in any of them: nobody is woken
because they live at the other end of their country. The hours of the house and those of the customer both count. All
instants here are by the wall clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers import PhoneNumberType, timezone

from hub.sending.telephone_numbers import RECENT, parse_number
from routing.model import DAY, SECOND, Micros, Period

_MINUTE: Final = 60 * SECOND


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `begins` to `ends`, in microseconds since local midnight. If they end before they begin, they last over
    midnight; if both are the same, there are none."""

    begins: Micros
    ends: Micros

    @classmethod
    def read(cls, span: str) -> "QuietHours | None":
        """From "21:00-08:00"; None for an empty text."""
        if not span:
            return None
        begins, ends = (_read_time(part) for part in span.split("-"))
        return cls(begins, ends)

    def includes(self, local: Micros) -> bool:
        """`local`: since local midnight."""
        if self.begins <= self.ends:
            return self.begins <= local < self.ends
        return local >= self.begins or local < self.ends


def is_quiet(
    quiet: QuietHours | None,
    address: str,
    wall_at: Micros,
    *,
    own: QuietHours | None = None,
    zone: ZoneInfo | None = None,
) -> bool:
    """Whether it is quiet where the person with this number may be. `own`, `zone`: their own quiet hours, and where
    they are; None: not known."""
    at = datetime.fromtimestamp(wall_at / SECOND, UTC)
    return any(
        hours.includes(_since_midnight(at.astimezone(one)))
        for hours in (quiet, own)
        if hours is not None
        for one in find_zones(address, zone)
    )


def list_loud(
    quiet: QuietHours | None,
    address: str,
    begins_at: Micros,
    ends_at: Micros,
    *,
    own: QuietHours | None = None,
    zone: ZoneInfo | None = None,
) -> tuple[Period, ...]:
    """The periods from `begins_at` to `ends_at` in which this number may be called, in order. `own`, `zone`: as
    `is_quiet` has them."""
    loud: list[Period] = []
    at = begins_at
    rules, zones = [one for one in (quiet, own) if one is not None], find_zones(address, zone)
    for quiet_at, loud_at in sorted(
        period for one in rules for period in _list_quiet(one, zones, begins_at, ends_at)
    ):
        if at < quiet_at:
            loud.append((at, min(quiet_at, ends_at)))
        at = max(at, loud_at)
    return (*loud, (at, ends_at)) if at < ends_at else tuple(loud)


def _list_quiet(quiet: QuietHours, zones: Sequence[ZoneInfo], begins_at: Micros, ends_at: Micros) -> Sequence[Period]:
    """The quiet periods of all zones that touch this time, in no order; they may overlap."""
    found = []
    for zone in zones:
        day = datetime.fromtimestamp((begins_at - DAY) / SECOND, UTC).astimezone(zone)
        day = day.replace(hour=0, minute=0, second=0, microsecond=0)
        while _instant(day) < ends_at:
            later = day + timedelta(days=1)
            until = later if quiet.ends < quiet.begins else day
            begins, ends = _instant(_at(day, quiet.begins)), _instant(_at(until, quiet.ends))
            if begins < ends_at and ends > begins_at and begins < ends:
                found.append((begins, ends))
            day = later
    return found


def find_zones(address: str, known: ZoneInfo | None = None) -> tuple[ZoneInfo, ...]:
    """The time zones in which a person may be: the one that is known of them, else those of their number. The one
    place that says where a person is."""
    return (known,) if known is not None else _find_zones_of(address)


@lru_cache(maxsize=RECENT)
def _find_zones_of(address: str) -> tuple[ZoneInfo, ...]:
    """None for a toll-free number, which belongs to a business, and for a number of no country, which no list of
    countries allows."""
    number = parse_number(address)
    if number is None or phonenumbers.number_type(number) == PhoneNumberType.TOLL_FREE:
        return ()
    names = timezone.time_zones_for_number(number)
    return tuple(ZoneInfo(name) for name in names if name != timezone.UNKNOWN_TIMEZONE)


def _at(day: datetime, since_midnight: Micros) -> datetime:
    """This time of the local day. Adding to an aware datetime moves its hands, whatever the clocks do that day."""
    return day + timedelta(microseconds=since_midnight)


def _instant(local: datetime) -> Micros:
    return int(local.timestamp()) * SECOND


def _since_midnight(local: datetime) -> Micros:
    return (local.hour * 3600 + local.minute * 60 + local.second) * SECOND + local.microsecond


def _read_time(text: str) -> Micros:
    hours, minutes = text.split(":")
    return (int(hours) * 60 + int(minutes)) * _MINUTE

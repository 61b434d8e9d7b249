"""What a customer wishes of our calls and messages, as their profile has it.

The rule of this file: pure. What does not fit its form is no wish, so an import can neither silence nor wake anybody.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from hub.clock import list_time_zones
from hub.sending.quiet_hours import QuietHours

_HOURS: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]")


@dataclass(frozen=True, slots=True)
class CustomerWishes:
    """`quiet`: the hours of their day in which they want no calls. `zone`: where they are. None: not known."""

    is_left_alone: bool = False  # nobody writes to them or calls them first
    zone: ZoneInfo | None = None
    quiet: QuietHours | None = None

    @property
    def of_own_choice(self) -> "CustomerWishes":
        """As they count where the customer asked for a call at this very time."""
        return CustomerWishes(zone=self.zone)


NO_WISHES: Final = CustomerWishes()


def read_wishes(profile: Mapping[str, Any]) -> CustomerWishes:
    """Of the attributes `do_not_contact`, `time_zone` and `contact_hours`."""
    zone, hours = profile.get("time_zone"), profile.get("contact_hours")
    is_zone = isinstance(zone, str) and zone in list_time_zones()
    is_span = isinstance(hours, str) and _HOURS.fullmatch(hours) is not None
    wanted = QuietHours.read(str(hours)) if is_span else None
    return CustomerWishes(
        is_left_alone=profile.get("do_not_contact") is True,
        zone=ZoneInfo(str(zone)) if is_zone else None,
        quiet=QuietHours(wanted.ends, wanted.begins) if wanted is not None else None,
    )

"""What of the open work must be the same in memory and as it is restored."""

from typing import Any

from hub.open_work.floor import Floor
from routing.model import Micros


def comparable_floor(floor: Floor, now: Micros) -> dict[str, Any]:
    return {  # a figure of zero is as good as none
        "interactions": dict(sorted(floor.interactions.items())),
        "by_customer": {key: set(found) for key, found in floor.by_customer.items()},
        "by_provider_ref": floor.by_provider_ref,
        "appointments": floor.appointments,
        "staff": floor.staff,
        "told": floor.told,
        "acting_desks": floor.acting_desks,
        "of_calls": (floor.party_deadlines, floor.recordings),
        "lines_lost": {one for one in floor.line_deadlines if floor.interactions[one].call_until},
        "auto_replies": floor.auto_replies.count(now),
        "last_hour": {channel: one.count(now) for channel, one in floor.last_hour.items()},
        "today": {agent: one for agent, one in floor.today.items() if one.handled or one.available or one.calls},
    }

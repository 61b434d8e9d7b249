"""Whether a policy can keep the calls that it promises: callbacks, and calls at a time that was agreed.

The rule of this file: pure. It looks at ordinary weeks; a holiday closes nothing for good. Opening hours that are
written wrongly, or that are missing, are told elsewhere and are no problem here.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from hub.clock import list_time_zones
from hub.policies.document import PolicyDocument, QueuePolicy
from hub.toml_files.toml_lines import Key
from routing.hours import open_between
from routing.model import DAY, Micros, Period

_MONDAY: Final[Micros] = 20_458 * DAY  # 2026-01-05, UTC
_WEEKS: Final = 2 * 7 * DAY  # two, since a week begins at another moment in each time zone


def check_promised_calls(document: PolicyDocument) -> Iterator[tuple[Key, str]]:
    calling = {one.id: one for one in document.queues if one.takes_calls and one.callback is not None}
    never = {name for name, queue in calling.items() if not _ever_calls(queue, document)}
    for key, queue in _list_promises(document):
        if queue in never:
            yield key, f"promises calls by {queue!r}, whose hours and callback hours never meet: let them overlap"
    for n, disposition in enumerate(document.dispositions):
        if not disposition.promises_callback:
            continue
        if not calling:
            what = "cannot be kept: give a queue that takes calls a callback table, or take this away"
            yield ("dispositions", n, "promises_callback"), what
        elif late := sorted(never.intersection(disposition.queues or calling)):
            what = f"cannot be kept by {', '.join(late)}: let its opening hours and its callback hours overlap"
            yield ("dispositions", n, "promises_callback"), what


def _list_promises(document: PolicyDocument) -> Iterator[tuple[Key, str]]:
    """(where, queue) of each time that callers may choose themselves."""
    for n, queue in enumerate(document.queues):
        if queue.callback is not None and queue.callback.appointment_key:
            yield ("queues", n, "callback", "appointment_key"), queue.id
    for name, menu in document.menus.items():
        for n, option in enumerate(menu.options):
            if option.appointment:
                yield ("menus", name, "options", n, "appointment"), option.appointment


def _ever_calls(queue: QueuePolicy, document: PolicyDocument) -> bool:
    """Whether there is a time at which the queue is open and calls customers."""
    assert queue.callback is not None
    spans = [_list_open(name, document) for name in (queue.hours, queue.callback.hours) if name]
    known = [one for one in spans if one is not None]
    if len(known) < len(spans):
        return True
    return all(known) and (len(known) < 2 or any(a < d and c < b for a, b in known[0] for c, d in known[1]))


def _list_open(name: str, document: PolicyDocument) -> list[Period] | None:
    """The periods of these hours in ordinary weeks. None if they are not known."""
    hours = next((one for one in document.hours if one.id == name), None)
    zones = list_time_zones()
    if hours is None or document.time_zone not in zones or (hours.time_zone or document.time_zone) not in zones:
        return None
    return open_between(replace(hours, days={}).build(document.time_zone), _MONDAY, _MONDAY + _WEEKS)

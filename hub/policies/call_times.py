"""The times at which a queue calls customers who choose one: which there are, and whether it calls at an instant.

The rule of this file: pure. A queue calls at a time if it calls customers back, is open then, and is in the hours of
its callbacks. Whether it is quiet where the customer is depends on their number: `hub.calls.appointments` asks that.
"""

from collections.abc import Iterator, Sequence

from hub.policies.in_force import PolicyBook
from routing.hours import HoursCalendar, open_between
from routing.model import DAY, SECOND, ChannelName, Hours, Micros, Period, QueueId

STEP = 1800 * SECOND  # between two times that customers choose from
SOONEST = 900 * SECOND  # from now; sooner, nobody would have to choose a time
OFFERED_FOR = 8 * DAY  # customers choose within this time


def find_calling_queue(book: PolicyBook, queue: str, channel: ChannelName, our_address: str) -> str | None:
    """The queue itself if it calls customers back, else the one that does so in its place. None if none does."""
    moved = book.find_moved(queue, channel, is_to_be_called=True)
    return moved or book.find_late_place(channel, our_address, is_to_be_called=True)


def find_timed_queue(book: PolicyBook, queue_id: str, channel: ChannelName) -> str | None:
    """The queue in which customers choose a time: their own if it calls back in certain hours, else the first that
    does. None if none does: without hours, the times would have no end."""
    queues = sorted(book.document.queues, key=lambda queue: queue.id != queue_id)
    timed = (one for one in queues if one.has_call_hours and book.takes(one.id, channel, is_to_be_called=True))
    return next((one.id for one in timed), None)


def is_call_time(book: PolicyBook, queue_id: str, at: Micros) -> bool:
    """Whether the queue calls customers at this instant of hub time."""
    queue = book.routing.queues.get(QueueId(queue_id))
    if queue is None or not queue.calls_back:
        return False
    return _is_open(queue.hours, at) and _is_open(queue.dialling.hours, at)


def list_call_times(book: PolicyBook, queue_id: str, now: Micros) -> list[Micros]:
    """The times from which customers of this queue choose, in order: instants by the wall clock."""
    queue = book.routing.queues.get(QueueId(queue_id))
    if queue is None or not queue.calls_back:
        return []
    begins, ends = now + SOONEST, now + OFFERED_FOR
    periods = _meet(_list_open(queue.hours, begins, ends), _list_open(queue.dialling.hours, begins, ends))
    return [at for opens, closes in periods for at in _list_steps(opens + book.wall_ahead, closes + book.wall_ahead)]


def _list_steps(begins: Micros, ends: Micros) -> Iterator[Micros]:
    yield from range(-(-begins // STEP) * STEP, ends, STEP)


def _list_open(hours: Hours | None, begins: Micros, ends: Micros) -> Sequence[Period]:
    return open_between(hours, begins, ends) if hours is not None else [(begins, ends)]


def _meet(ones: Sequence[Period], others: Sequence[Period]) -> list[Period]:
    both = [(max(a, c), min(b, d)) for a, b in ones for c, d in others]
    return [(begins, ends) for begins, ends in both if begins < ends]


def _is_open(hours: Hours | None, at: Micros) -> bool:
    period = HoursCalendar(hours).find_period(at) if hours is not None else (at, at)
    return period is not None and period[0] <= at

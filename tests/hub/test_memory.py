"""What is closed leaves nothing in the hub's memory; `tests/faults/fault_memory.py` holds it over 50,000.

The rule of this file: counted is what Python's containers hold and how large they are. tracemalloc would see the
interpreter's own cache of attribute names fill for thousands of interactions.
"""

import gc
import sys
from typing import Any

from hub.storage import tables
from tests.hub.flows import wrap_up
from tests.hub.house import House
from tests.hub.notices import GUS, PIA, SAM, text

STEP, STEPS = 20, 3  # interactions between two counts, and counts of which the least is taken
APART = 200  # interactions between the two times, so that one leap of a bounded table does not count as growth
MOST_EACH = 100  # bytes per interaction; 16 of them are the count of what left within the hour


async def test_a_closed_interaction_leaves_nothing_in_memory(house: House) -> None:
    await house.seat("ada")
    await _serve(house, 4 * STEP)  # what is kept once is kept
    _held(house)  # what looking leaves behind, it leaves once
    before = await _hold_least(house)
    await _serve(house, APART - STEP * STEPS)
    each = (await _hold_least(house) - before) / APART
    print(f"{each:.0f} bytes each")
    assert each < MOST_EACH


async def _hold_least(house: House) -> int:
    """The least of a few counts: the router's heaps keep up to sixteen of what has left before they are tidied, and
    lists grow by leaps."""
    found = []
    for _ in range(STEPS):
        await _serve(house, STEP)
        found.append(_held(house))
    return min(found)


async def _serve(house: House, number: int) -> None:
    """Texts of three customers, each answered, sent and closed."""
    for n in range(number):
        await house.take(text(f"Hej {n}", (SAM, GUS, PIA)[n % 3]))
        held = await house.accept("ada")
        assert not (await house.about("ada", held["id"], "send_message", text="Hej!")).code
        (request,) = await house.rows(tables.outbox, tables.outbox.c.interaction_id == held["id"])
        await house.take(house.result(request["id"], "sms", "sent"))
        await wrap_up(house, "ada", held["id"])


def _held(house: House) -> int:
    """Bytes of all that is reachable, without what the test itself writes down."""
    house.told.clear()
    house.host._stored.clear()  # the keys of the last deliveries, some thousands at most
    for screen in house.screens.values():
        screen.seen.clear()
    gc.collect()
    known: dict[int, Any] = {}
    found: list[Any] = gc.get_objects()
    while found:
        known |= {id(each): each for each in found}
        # a dict of mere texts is no business of the collector's, but of somebody who is
        found = [each for each in gc.get_referents(*found) if id(each) not in known]
    return sum(sys.getsizeof(each) for each in known.values())

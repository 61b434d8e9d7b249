"""What is closed leaves nothing in the hub's memory; `tests/faults/fault_memory.py` holds it over 50,000.

The rule of this file: counted is what Python's containers hold and how large they are. tracemalloc would see the
interpreter's own cache of attribute names fill for thousands of interactions.
"""

import gc
import sys
from typing import Any

from hub.storage import tables
from tests.hub.notices import GUS, PIA, SAM, text
from tests.hub.scenes import wrap_up
from tests.hub.stage import Stage

STEP, STEPS = 20, 3  # interactions between two counts, and counts of which the least is taken
APART = 100  # interactions between the two times
MOST_EACH = 100  # bytes per interaction; 16 of them are the count of what left within the hour


async def test_a_closed_interaction_leaves_nothing_in_memory(stage: Stage) -> None:
    await stage.seat("ada")
    await _serve(stage, 2 * STEP)  # what is kept once is kept
    _held(stage)  # what looking leaves behind, it leaves once
    before = await _hold_least(stage)
    await _serve(stage, APART - STEP * STEPS)
    each = (await _hold_least(stage) - before) / APART
    print(f"{each:.0f} bytes each")
    assert each < MOST_EACH


async def _hold_least(stage: Stage) -> int:
    """The least of a few counts: the router's heaps keep up to sixteen of what has left before they are tidied, and
    lists grow by leaps."""
    found = []
    for _ in range(STEPS):
        await _serve(stage, STEP)
        found.append(_held(stage))
    return min(found)


async def _serve(stage: Stage, number: int) -> None:
    """Texts of three customers, each answered, sent and closed."""
    for n in range(number):
        await stage.take(text(f"Hej {n}", (SAM, GUS, PIA)[n % 3]))
        held = await stage.accept("ada")
        assert not (await stage.about("ada", held["id"], "send_message", text="Hej!")).code
        (request,) = await stage.rows(tables.outbox, tables.outbox.c.interaction_id == held["id"])
        await stage.take(stage.result(request["id"], "sms", "sent"))
        await wrap_up(stage, "ada", held["id"])


def _held(stage: Stage) -> int:
    """Bytes of all that is reachable, without what the test itself writes down."""
    stage.told.clear()
    for screen in stage.screens.values():
        screen.seen.clear()
    gc.collect()
    known: dict[int, Any] = {}
    found: list[Any] = gc.get_objects()
    while found:
        known |= {id(each): each for each in found}
        # a dict of mere texts is no business of the collector's, but of somebody who is
        found = [each for each in gc.get_referents(*found) if id(each) not in known]
    return sum(sys.getsizeof(each) for each in known.values())

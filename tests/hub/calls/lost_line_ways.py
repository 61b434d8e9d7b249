"""How each step of a call whose agent's line is lost comes about: a part of `test_every_step.py`.

The rule of this file: as there. Each way begins with an empty house.
"""

from collections.abc import Awaitable, Callable
from functools import partial

from hub.call_lifecycle import CallState, CallStep
from tests.hub.calls.test_consults import consulting
from tests.hub.flows import talk
from tests.hub.house import House
from tests.hub.notices import agent_joined, agent_left, call, customer_left


async def lose_line(house: House, *, on_hold: bool = False) -> str:
    held = str((await talk(house)).held[0]["id"])
    if on_hold:
        assert not (await house.about("ada", held, "hold_call", on=True)).code
    await house.take(agent_left("CA1", "CA-ada"))
    return held


async def lose_line_before_it_is_known(house: House) -> None:
    await house.seat("ada")
    await house.take(call("CA1"))
    await house.accept("ada")
    (connect,) = await house.requests("ConnectAgent")
    await house.take(agent_left("CA1", "CA-ada", "completed", connect.outbox_id))


async def come_back(house: House, *, on_hold: bool) -> None:
    held = await lose_line(house, on_hold=on_hold)
    assert not (await house.about("ada", held, "rejoin_call")).code
    await house.take(agent_joined("CA1", "CA-again", (await house.requests("ConnectAgent"))[-1].outbox_id))


async def stay_away(house: House, *, on_hold: bool) -> None:
    await lose_line(house, on_hold=on_hold)
    await house.turn(30)


async def lose_the_customer_too(house: House, *, on_hold: bool) -> None:
    await lose_line(house, on_hold=on_hold)
    await house.take(customer_left("CA1"))


async def leave_a_colleague_there(house: House, *, on_hold: bool) -> None:
    held, _ = await consulting(house)
    if not on_hold:
        assert not (await house.about("ada", held, "merge_parties")).code
    await house.take(agent_left("CA1", "CA-ada"))
    await house.turn(30)


LOST_WAYS: dict[tuple[CallState, CallStep], Callable[[House], Awaitable[object]]] = {
    (CallState.TALKING, CallStep.AGENT_LOST): lose_line,
    (CallState.HELD, CallStep.AGENT_LOST): partial(lose_line, on_hold=True),
    (CallState.CONNECTING, CallStep.AGENT_LOST): lose_line_before_it_is_known,
}
for _state, _on_hold in ((CallState.AGENT_LOST, False), (CallState.AGENT_LOST_HELD, True)):
    LOST_WAYS |= {
        (_state, CallStep.JOINED): partial(come_back, on_hold=_on_hold),
        (_state, CallStep.RETURNED): partial(stay_away, on_hold=_on_hold),
        (_state, CallStep.ENDED): partial(lose_the_customer_too, on_hold=_on_hold),
        (_state, CallStep.RESUMED): partial(leave_a_colleague_there, on_hold=_on_hold),
    }

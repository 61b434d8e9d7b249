"""The pages on which a caller chooses when to be called: the times, the one that was chosen said back, the outcome.

The rule of this file: it reads, and changes and remembers nothing: the state in the address says where the caller is.
The times are those of the instant at which they were first said, so a key means the same when it is pressed. After
three answers in a row that are none, a person takes the caller.

A place is written as "t.2.1795420800": the times of option 2 as they were then; "c.2.1795420800.1795507200": the
last is to be confirmed; "w" and the same, with the number of the wish: its outcome is looked for.
"""

from dataclasses import replace
from typing import Final

from channels.answers import ChosenTime, MenuPage, MenuState, MenuTurn, MenuWords
from channels.channel import CallArrived
from channels.registry import list_calls
from hub.calls.asked_appointments import name_appointment
from hub.policies.call_times import find_timed_queue, list_call_times
from hub.policies.in_force import PolicyBook
from hub.policies.phone_menus import MOST_MISSES
from hub.screens.said_times import SaidTimes
from hub.sending.refusals import Refusal
from hub.storage import appointments, calls_and_chats
from hub.storage.database import Connection
from routing.model import SECOND, ChannelName, Micros

WAITING_LINE: Final = "-"  # in place of a menu and of an option: the caller waits in the order meanwhile
MOST_TIMES: Final = 6  # that a caller hears at once
YES: Final = "1"
OTHER: Final = "2"
_OF_THE_TIME: Final = (Refusal.NO_SUCH_TIME, Refusal.OUTSIDE_HOURS, Refusal.QUIET_HOURS)  # another one may do
_MOMENTS: Final = 4  # how often the outcome is looked for; then a person


def begin(state: MenuState, option: str, now: Micros) -> MenuState:
    """The state in which the first times are said. `now`: in hub time."""
    return replace(state, misses=0, place=f"t.{option}.{now // SECOND}.")


class TimeMenus:
    def __init__(self, conn: Connection, book: PolicyBook, arrival: CallArrived, now: Micros) -> None:
        self._conn, self._book, self._arrival, self._now = conn, book, arrival, now

    async def show(self, state: MenuState, *first: str) -> MenuTurn:
        """Say the times of this state. If there are none, a person takes the caller."""
        _, option, began, _ = state.place.split(".")
        said = self._said(state)
        times = said.choose(await self._list_times(state.menu, option, int(began)), MOST_TIMES)
        if not times:
            return MenuTurn(None, "", state.language)
        words = [*first, said.introduce(), *(said.offer(at, str(n)) for n, at in enumerate(times, 1))]
        return MenuTurn(_page(state, words), "", state.language)

    async def answer(self, state: MenuState, keys: str) -> MenuTurn:
        """What becomes of the caller's key. Any place that is not ours leads to a person."""
        kind, option, began, *rest = state.place.split(".")
        state = replace(state, number=state.number + 1)
        match kind, rest:
            case "t", [_]:
                times = self._said(state).choose(await self._list_times(state.menu, option, int(began)), MOST_TIMES)
                if keys.isdecimal() and 0 < int(keys) <= len(times):
                    return self._ask(replace(state, misses=0), f"c.{option}.{began}.{times[int(keys) - 1] // SECOND}")
                return await self._miss(state)
            case "c", [chosen]:
                if keys == YES:
                    wish = ChosenTime(str(state.number), int(chosen), await self._find_queue(state.menu, option))
                    waits = replace(state, misses=0, place=f"w.{option}.{began}.{chosen}.{wish.wish_id}")
                    page = _page(waits, [self._said(state).moment()], is_moment=True)
                    return MenuTurn(page, "", state.language, wish)
                if keys == OTHER:
                    return await self.show(begin(state, option, self._now))
                return await self._miss(state)
            case "w", [chosen, wish_id]:
                return await self._tell_outcome(state, int(chosen), wish_id)
            case _:
                return MenuTurn(None, "", state.language)

    def _ask(self, state: MenuState, place: str) -> MenuTurn:
        at = int(place.rpartition(".")[2]) * SECOND
        return MenuTurn(_page(replace(state, place=place), [self._said(state).ask(at)]), "", state.language)

    async def _miss(self, state: MenuState) -> MenuTurn:
        if state.misses + 1 >= MOST_MISSES:
            return MenuTurn(None, "", state.language)
        again = replace(state, misses=state.misses + 1)
        sorry = self._said(state).not_understood()
        if state.place.startswith("c"):
            asked = self._ask(again, state.place)
            assert asked.page is not None
            words = (MenuWords(sorry, state.language), *asked.page.words)
            return replace(asked, page=replace(asked.page, words=words))
        return await self.show(again, sorry)

    async def _tell_outcome(self, state: MenuState, chosen: int, wish_id: str) -> MenuTurn:
        said = self._said(state)
        found = await appointments.find(self._conn, name_appointment(self._arrival.call_id, wish_id))
        if found is None and state.misses < _MOMENTS:
            again = replace(state, misses=state.misses + 1)
            return MenuTurn(_page(again, [said.moment()], is_moment=True), "", state.language)
        if found is None or (found.refused and found.refused not in _OF_THE_TIME):
            return MenuTurn(None, "", state.language)
        if found.refused:
            option = state.place.split(".")[1]
            return await self.show(begin(state, option, self._now), said.refuse())
        return MenuTurn(_page(state, [said.confirm(chosen * SECOND)], is_end=True), "", state.language)

    async def _list_times(self, menu: str, option: str, began: int) -> list[Micros]:
        queue = await self._find_queue(menu, option)
        return list_call_times(self._book, queue, began * SECOND) if queue else []

    async def _find_queue(self, menu: str, option: str) -> str:
        channel = ChannelName(list_calls()[0])
        if menu == WAITING_LINE:
            place = await calls_and_chats.find_stored_place(self._conn, self._arrival.call_id)
            queue = place.queue if place is not None else ""
        else:
            found = self._book.document.menus.get(menu)
            chosen = found.find_option(option) if found is not None else None
            queue = chosen.appointment if chosen is not None else ""
        return (find_timed_queue(self._book, queue, channel) or "") if queue else ""

    def _said(self, state: MenuState) -> SaidTimes:
        wall_now = self._now + self._book.wall_ahead
        return SaidTimes(state.language, self._arrival.from_address, self._book.zone, wall_now)


def _page(state: MenuState, words: list[str], *, is_end: bool = False, is_moment: bool = False) -> MenuPage:
    said = tuple(MenuWords(one, state.language) for one in words)
    return MenuPage(said, state, is_end=is_end, is_moment=is_moment)

"""The machine of calls with histories of which chance makes too few: something goes wrong in the middle of a talk.

The rule of this file: a rule begins with a call that somebody talks in, does one thing with it, has everything done
and told at once, and compares. Nothing is given up meanwhile, since no time passes but where a rule says so.
"""

from collections.abc import Sequence
from typing import Any

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from hub.call_lifecycle import CallState
from hub.open_work.floor import OpenInteraction
from hub.storage import tables
from routing.model import SECOND
from tests.hub.calls.call_machine import ANY, MOST_CALLS, CallMachine
from tests.hub.calls.desk_ways import BROKER, SUPERVISOR

LATE = 66  # seconds: nobody is waited for any more
UNHEARD = 131  # seconds: the same of a telephone of which nothing was ever heard
WAYS = ("monitor", "whisper", "barge")


class DirectedCallMachine(CallMachine):
    # ---- how a rule begins and ends

    def _find_talk(self, pick: int) -> OpenInteraction | None:
        """A call in which an agent talks, once all goes well. None if nobody may call any more."""
        if not self._list_talks() and self.called < MOST_CALLS:
            self.somebody_calls()
        if not self._list_talks():
            self.all_goes_well()
        talks = self._list_talks()
        return self._pick(talks, pick) if talks else None

    def _list_talks(self) -> list[OpenInteraction]:
        calls = self.house.floor.interactions.values()
        return [
            one for one in calls if one.call_state is CallState.TALKING and one.provider_ref in self.rooms.started
        ]

    async def _is_done(self, call: OpenInteraction, agent: str, kind: str, **fields: Any) -> bool:
        """Whether the hub does what this person asks for."""
        about = {"interaction_id": call.id, "version": call.version}
        answer = await self.house.ask(agent, kind, **about, **fields)
        note(f"{agent}: {kind} {fields}: {answer.code or 'done'}")
        return not answer.code

    async def _tell_at_once(self) -> None:
        await self._do_and_tell()
        await self._look()
        await self._do_and_tell()

    def _compare(self) -> None:
        self.run(self._tell_at_once())
        if not self.run(self._has_requests()):
            self._check_rooms()

    async def _has_requests(self) -> bool:
        """Whether the sender waits with a request that failed, and asks for it once more."""
        x = tables.outbox.c
        return bool(await self.house.count(tables.outbox, x.state.in_(["queued", "sending"])))

    @rule()
    def everything_is_told_and_done_at_once(self) -> None:
        self._compare()

    # ---- what goes wrong

    @rule(pick=ANY, which=ANY, has_party=st.booleans())
    def a_change_of_a_line_is_refused(self, pick: int, which: int, has_party: bool) -> None:
        if (call := self._find_talk(pick)) is not None:
            if has_party and not call.parties:
                self.run(self._is_done(call, call.agent_id or "", "call_third_party", number=BROKER))
                self.all_goes_well()
            self.run(self._tell_at_once())
            self.run(self._ask_and_refuse(call, which))
            self._compare()

    async def _ask_and_refuse(self, call: OpenInteraction, which: int) -> None:
        agent = call.agent_id or ""
        changes: list[tuple[str, str, dict[str, Any]]] = [(agent, "hold_call", {"on": True})]
        for party in call.parties.values():
            about = {"party_id": party.id, "on": True}
            changes += [(agent, "hold_party", about), (agent, "mute_party", about)]
        changes += [(SUPERVISOR, "listen_in", {"way": way}) for way in WAYS]
        who, kind, fields = self._pick(changes, which)
        if await self._is_done(call, who, kind, **fields):
            await self._claim()
            for row in [one for one in self.rows if one.kind in ("HoldCall", "UpdateParty")]:
                self.rows.remove(row)
                self.fault = ("refused", False)
                await self._carry_out(row)

    @rule(pick=ANY)
    def a_customer_waits_again(self, pick: int) -> None:
        if (call := self._find_talk(pick)) is not None:
            self.run(self._is_done(call, call.agent_id or "", "transfer_interaction", queue="service"))
            self._compare()

    @rule(pick=ANY)
    def the_line_of_an_agent_is_lost(self, pick: int) -> None:
        if (call := self._find_talk(pick)) is not None and call.leg_ref in self.rooms.legs:
            self.rooms.end(call.leg_ref)
            self._compare()

    @rule(pick=ANY, is_answered=st.booleans())
    def somebody_answers_too_late(self, pick: int, is_answered: bool) -> None:
        """A third party is rung, and the hub waits for them no longer."""
        if (call := self._find_talk(pick)) is not None:
            self.run(self._ring_for_long(call, is_answered=is_answered))
            self._compare()

    async def _ring_for_long(self, call: OpenInteraction, *, is_answered: bool) -> None:
        if not await self._is_done(call, call.agent_id or "", "call_third_party", number=BROKER):
            return
        rung = {leg.id for leg in self._ringing()}
        await self._do_and_tell()
        self._finish_words()
        await self.house.turn(LATE)
        for leg in [one for one in self._ringing() if one.id not in rung]:
            await self.rooms.answer(leg.id) if is_answered else self.rooms.end(leg.id, "no-answer")

    @precondition(lambda self: self.called < MOST_CALLS)
    @rule()
    def a_telephone_is_called_when_its_customer_has_gone(self) -> None:
        self.somebody_calls()
        self.run(self._call_with(("", True), is_customer_gone=True))
        self._compare()

    @precondition(lambda self: self.called < MOST_CALLS)
    @rule(rings=st.booleans())
    def nothing_is_heard_of_a_telephone_that_was_called(self, rings: bool) -> None:
        """It was not called, or it rings, is waited for no longer, and is answered then."""
        self.somebody_calls()
        self.run(self._call_with(("hanging", rings), is_customer_gone=False))
        self.run(self._wait_for_long())
        self._compare()

    async def _call_with(self, fault: tuple[str, bool], *, is_customer_gone: bool) -> None:
        """An agent accepts an offer, and this becomes of the request for their telephone."""
        await self._tell_at_once()
        self._finish_words()
        offers = [(who, offer) for who, screen in self.house.screens.items() for offer in screen.offers]
        for who, offer in offers[-1:]:
            await self.house.ask(who, "accept_offer", offer_id=offer["id"])
            await self._claim()
            for row in [one for one in self.rows if one.kind in ("ConnectAgent", "CallAgent")]:
                self.rows.remove(row)
                if is_customer_gone:
                    self.rooms.end(self.house.floor.interactions[offer["interaction_id"]].provider_ref)
                    await self._tell_all()
                self.fault = fault
                await self._carry_out(row)

    async def _wait_for_long(self) -> None:
        ringing = self._ringing()
        await self.house.turn(UNHEARD)
        now = self.house.clock.now()
        for call in self.house.floor.interactions.values():
            is_waited_for = call.call_state is CallState.CONNECTING and not call.leg_ref
            assert not is_waited_for or now - (call.call_since or 0) <= UNHEARD * SECOND, f"{call}"
        for leg in ringing:
            await self.rooms.answer(leg.id)

    async def _tell_all(self) -> None:
        self._collect()
        told, self.pending = self.pending, []
        for notice in told:
            await self.house.take(notice)

    @rule(pick=ANY, ways=st.lists(st.sampled_from(WAYS), min_size=1, max_size=3), takes_over=st.booleans())
    def a_supervisor_listens(self, pick: int, ways: Sequence[str], takes_over: bool) -> None:
        for way in ways:
            call = self._find_talk(pick)
            if call is not None and call.agent_id != SUPERVISOR:
                self.run(self._is_done(call, SUPERVISOR, "listen_in", way=way))
                self.all_goes_well()
                self._compare()
        if takes_over and (call := self._find_talk(pick)) is not None:
            self.run(self._is_done(call, SUPERVISOR, "take_over"))
            self._compare()

    @rule(pick=ANY, leaves=st.sampled_from(["end_interaction", "transfer_interaction", "leave_call", "hand_over"]))
    def an_agent_leaves_others(self, pick: int, leaves: str) -> None:
        """A third party is there as the agent ends the call, gives it away, or leaves it to them."""
        if (call := self._find_talk(pick)) is None:
            return
        if self.run(self._is_done(call, call.agent_id or "", "call_third_party", number=BROKER)):
            self.all_goes_well()
        self.run(self._leave(call, leaves))
        self._compare()

    async def _leave(self, call: OpenInteraction, leaves: str) -> None:
        fields: dict[str, Any] = {"queue": "service"} if leaves == "transfer_interaction" else {}
        if leaves == "hand_over":
            fields = {"party_id": next(iter(call.parties), "")}
        if call.agent_id is not None:
            await self._is_done(call, call.agent_id, leaves, **fields)

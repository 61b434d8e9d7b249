"""Any order of what people, the provider and the hub's requests may do about calls, as Hypothesis tries them out.

The rule of this file: a rule does one thing, and whatever must always hold is looked at after each. Reports of the
provider wait in `pending` until a rule delivers them, in any order, twice, or loses them. Only what the provider asks
for TwiML cannot be lost.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Any

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from channels.channel import Notice, Receipt
from hub import call_lifecycle
from hub.administration.staff_phones import set_number
from hub.call_lifecycle import AGENT_LOST, IN_ROOM, PARTY_TRANSITIONS, TRANSITIONS, CallState, PartyState
from hub.storage import tables
from hub.storage.outbox import OutboxRow
from routing.model import InteractionState
from tests.hub.calls.believed_rooms import check_rooms
from tests.hub.calls.desk_ways import AGENTS, BROKER, list_held, list_ways
from tests.hub.calls.faulty_provider import FAULTS, build_sender
from tests.hub.calls.provider_rooms import ProviderLeg, ProviderRooms, may_be_lost
from tests.hub.calls.test_calling_out import RULES
from tests.hub.house import House

AT_WORK = ("ada", "ben", "dot")
WITH_OWN_NUMBER = "ben"
MOST_CALLS = 3
WORDS_SECONDS = 20
ROUNDS = 60  # until everything has come to its end
ANY = st.integers(0, 97)
STARTS = ["nothing", "talking", "with a broker", "consulting", "transferring", "with a supervisor"]
S = CallState

# What the call of an interaction in each state may be
AGREEING = {
    InteractionState.WAITING: {S.WAITING, S.HELD, S.GIVEN_BACK},
    InteractionState.OFFERED: {S.WAITING, S.HELD},
    InteractionState.DIALLING: {S.DIALLING},
    InteractionState.ACTIVE: {S.CONNECTING, S.TALKING, S.HELD, S.REACHING, S.DIALLING, *AGENT_LOST},
    InteractionState.WRAP_UP: {S.OVER},
}
Opening = Callable[[], AbstractAsyncContextManager[House]]


class CallMachine(RuleBasedStateMachine):
    def __init__(self, opening: Opening) -> None:
        super().__init__()
        self.loop = asyncio.Runner()
        self.opened = opening()
        self.is_broken = False
        self.pending: list[Notice] = []
        self.heard: list[Notice] = []
        self.rows: list[OutboxRow] = []
        self.fault: tuple[str, bool] = ("", True)
        self.called = 0
        self.lost: set[str] = set()  # legs of which a report was lost
        self.unsure: set[str] = set()  # requests of which the hub had no answer
        self.states: dict[str, str] = {}  # of calls and parties, after the last step
        self.gone: set[str] = set()
        self.house = self.run(self.opened.__aenter__())
        self.run(self._begin())

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        try:
            return self.loop.run(work)
        except BaseException:
            self.is_broken = True
            raise

    async def _begin(self) -> None:
        asyncio.get_running_loop().set_debug(False)
        house = self.house
        house.dispatcher._rules = replace(RULES, has_softphones=True)
        await set_number(house.db, WITH_OWN_NUMBER, "+46701749001", house.clock.now(), WITH_OWN_NUMBER)
        house.inbox.stored += 1  # the router is told of it
        self.rooms = ProviderRooms(house.host)
        self.sender = build_sender(house, self)
        for agent in AGENTS:
            await (house.seat if agent in AT_WORK else house.open)(agent)

    # ---- the provider, as the hub's sender sees it

    name = "phone"

    async def send(self, request: Any) -> Receipt:
        fault, is_done = self.fault
        receipt = Receipt("")
        if not fault or (is_done and FAULTS[fault][1]):
            receipt = await self.rooms.carry_out(request)
        if fault:
            self.unsure.add(request.outbox_id)
            raise FAULTS[fault][0]
        return receipt

    def _pick(self, things: Any, pick: int) -> Any:
        found = list(things)
        return found[pick % len(found)]

    # ---- how it begins, and goes on where nothing fails

    @initialize(start=st.sampled_from(STARTS), way=st.sampled_from(["monitor", "whisper", "barge"]))
    def it_begins(self, start: str, way: str) -> None:
        if start != "nothing":
            self.somebody_calls()
            self.all_goes_well()
            held = self.house.screens["ada"].held[0]
            about = {"interaction_id": held["id"], "version": held["version"]}
            if start == "with a broker":
                self._ask("ada", "call_third_party", **about, number=BROKER)
            elif start == "with a supervisor":
                self._ask("dot", "listen_in", **about, way=way)
            elif start in ("consulting", "transferring"):
                self._ask("ada", "consult_colleague", **about, agent_id="ben", takes_over=start == "transferring")
                (consult,) = self.house.screens["ben"].shown["consults"]
                self._ask("ben", "answer_consult", party_id=consult["party_id"], accepts=True)
            if way != "monitor":
                self.all_goes_well()

    @rule()
    def all_goes_well(self) -> None:
        """Offers are taken, everything is told and done, and whoever is rung answers."""
        self.run(self._go_on())

    @rule()
    def all_goes_well_again(self) -> None:
        """As often as that."""
        self.run(self._go_on())

    def _ask(self, agent: str, kind: str, **fields: Any) -> None:
        answer = self.run(self.house.ask(agent, kind, **fields))
        assert not answer.code, (kind, answer)

    async def _go_on(self) -> None:
        for _ in range(2):
            await self._do_and_tell()
            self._finish_words()
            for agent in AT_WORK:
                for offer in list(self.house.screens[agent].offers):
                    await self.house.ask(agent, "accept_offer", offer_id=offer["id"])
            for leg in self._ringing():
                await self.rooms.answer(leg.id)
        await self._do_and_tell()

    # ---- what people do

    @precondition(lambda self: self.called < MOST_CALLS)
    @rule()
    def somebody_calls(self) -> None:
        self.called += 1
        self.rooms.call_in(f"+4670175000{self.called}")

    @precondition(lambda self: any(leg.state == "ringing" for leg in self.rooms.legs.values()))
    @rule(pick=ANY)
    def somebody_answers(self, pick: int) -> None:
        self.run(self.rooms.answer(self._pick(self._ringing(), pick).id))

    @precondition(lambda self: any(leg.state == "ringing" for leg in self.rooms.legs.values()))
    @rule(pick=ANY, reason=st.sampled_from(["no-answer", "busy", "failed"]))
    def nobody_answers(self, pick: int, reason: str) -> None:
        self.rooms.end(self._pick(self._ringing(), pick).id, reason)

    @precondition(lambda self: any(leg.state == "present" for leg in self.rooms.legs.values()))
    @rule(pick=ANY)
    def somebody_hangs_up(self, pick: int) -> None:
        present = [leg for leg in self.rooms.list_living() if leg.state == "present"]
        self.rooms.end(self._pick(present, pick).id)

    @rule(agent=st.sampled_from(AT_WORK), pick=ANY)
    def somebody_at_a_desk(self, agent: str, pick: int) -> None:
        kind, fields = self._pick(list_ways(self.house, agent), pick)
        note(f"{agent}: {kind} {fields}")
        self.run(self.house.ask(agent, kind, **fields))

    @precondition(lambda self: any(screen.held for screen in self.house.screens.values()))
    @rule(pick=ANY, which=ANY)
    def somebody_in_a_call(self, pick: int, which: int) -> None:
        """Each kind of command as often as any other."""
        agent = self._pick([one for one, screen in self.house.screens.items() if screen.held], pick)
        ways = [way for held in self.house.screens[agent].held for way in list_held(self.house, agent, held)]
        kind = self._pick(sorted({kind for kind, _ in ways}), which)
        _, fields = self._pick([way for way in ways if way[0] == kind], pick)
        note(f"{agent}: {kind} {fields}")
        self.run(self.house.ask(agent, kind, **fields))

    # ---- what the hub hears, and when

    @precondition(lambda self: bool(self.pending))
    @rule(pick=ANY)
    def it_is_told(self, pick: int) -> None:
        self._tell(self._pick(self.pending, pick))

    @precondition(lambda self: bool(self.heard))
    @rule(pick=ANY)
    def it_is_told_again(self, pick: int) -> None:
        self.run(self.house.take(self._pick(self.heard, pick)))

    @precondition(lambda self: any(may_be_lost(one) for one in self.pending))
    @rule(pick=ANY)
    def it_is_lost(self, pick: int) -> None:
        lost = self._pick(filter(may_be_lost, self.pending), pick)
        note(f"lost: {lost}")
        self.lost.add(getattr(lost, "leg_id", ""))
        self.pending.remove(lost)

    @rule()
    def the_lists_are_looked_at(self) -> None:
        self.run(self._look())

    @rule(seconds=st.sampled_from([1, 6, 16, 31, 46, 66, 131]))
    def time_passes(self, seconds: int) -> None:
        if seconds > WORDS_SECONDS:
            self._finish_words()
        self.run(self.house.turn(seconds))

    # ---- what the hub asks for

    @rule(pick=ANY, fault=st.sampled_from(["", "", "", *FAULTS]), is_done=st.booleans())
    def a_request_leaves(self, pick: int, fault: str, is_done: bool) -> None:
        self.run(self._claim())
        if self.rows:
            row = self._pick(self.rows, pick)
            note(f"{row.kind} {row.body}: {fault or 'done'}")
            self.rows.remove(row)
            self.fault = (fault, is_done)
            self.run(self._carry_out(row))

    async def _claim(self) -> None:
        self.rows += await self.sender._claim(32, is_due=False)

    async def _carry_out(self, row: OutboxRow) -> None:
        await self.sender._carry_out(row)
        await self.house.until_handled()

    # ---- what always holds

    @invariant()
    def memory_is_what_is_stored(self) -> None:
        self._collect()
        self.run(self.house.check_restored())

    @invariant()
    def each_step_is_a_row_of_the_table(self) -> None:
        now: dict[str, str] = {}
        for interaction in self.house.floor.interactions.values():
            now[interaction.id] = interaction.call_state
            now |= {party.id: party.state for party in interaction.parties.values()}
        for id_, state in now.items():
            assert id_ not in self.gone, f"{id_} is back"
            table = PARTY_TRANSITIONS if "." in id_ else TRANSITIONS
            assert state in find_reachable(table, self.states.get(id_, "")), (id_, self.states.get(id_), state)
        self.gone |= self.states.keys() - now.keys()
        self.states = now

    @invariant()
    def no_leg_is_in_two_rooms(self) -> None:
        legs: list[str] = []
        for interaction in self.house.floor.interactions.values():
            legs += {interaction.provider_ref, interaction.leg_ref}
            legs += (party.leg_ref for party in interaction.parties.values())
        legs = [leg for leg in legs if leg]
        assert len(legs) == len(set(legs)), legs

    @invariant()
    def nobody_is_held_by_a_call_that_is_over(self) -> None:
        for interaction in self.house.floor.interactions.values():
            assert interaction.call_state in AGREEING[interaction.state], interaction
            assert interaction.state is InteractionState.ACTIVE or not interaction.parties, interaction
            for party in interaction.parties.values():
                assert (party.state in IN_ROOM) == bool(party.leg_ref) or party.state is PartyState.CALLING, party
                assert (party.deadline_at is None) == (party.state in IN_ROOM), party

    @invariant()
    def nothing_is_offered_twice(self) -> None:
        offered = [offer["interaction_id"] for screen in self.house.screens.values() for offer in screen.offers]
        held = [one["id"] for screen in self.house.screens.values() for one in screen.held]
        assert len({*offered, *held}) == len(offered) + len(held)

    @rule()
    def everything_is_told_and_done(self) -> None:
        self.run(self._settle())
        self._check_rooms()

    def _check_rooms(self) -> None:
        check_rooms(self.rooms, self.house.floor, self.unsure)

    # ---- moves

    def _collect(self) -> None:
        """What there is to tell."""
        self.pending += self.rooms.told
        self.rooms.told = []

    def _ringing(self) -> list[ProviderLeg]:
        return [leg for leg in self.rooms.list_living() if leg.state == "ringing"]

    def _tell(self, notice: Notice) -> None:
        note(f"told: {notice}")
        self.pending.remove(notice)
        self.heard.append(notice)
        self.run(self.house.take(notice))

    async def _look(self) -> None:
        missed = self.rooms.list_missed(await self.house.host.read_open_calls())
        heard = await self.house.host.find_heard([one.key for one in missed])
        for one in {one.key: one for one in missed if one.key not in heard}.values():
            await self.house.take(one)

    def _finish_words(self) -> None:
        """Whoever hears words outside their room has heard them."""
        for leg in self.rooms.list_living():
            if leg.then is not None:
                self.rooms.finish_words(leg.id)

    async def _settle(self) -> None:
        for _ in range(4):
            self._finish_words()
            await self._do_and_tell()
            await self._look()
            await self.house.turn(16)
        await self._do_and_tell()

    async def _do_and_tell(self) -> None:
        """What the hub asks for is done, and what has happened is told."""
        self.fault = ("", True)
        for _ in range(2):
            await self._claim()
            rows, self.rows = self.rows, []
            for row in rows:
                await self._carry_out(row)
            self._collect()
            told, self.pending = self.pending, []
            self.heard += told
            for notice in told:
                await self.house.take(notice)

    async def _end_everything(self) -> None:
        """The customers hang up, nobody else answers, the agents finish, and every callback comes."""
        for _ in range(ROUNDS):
            self._finish_words()
            for leg in self.rooms.list_living():
                if leg.state == "ringing":
                    self.rooms.end(leg.id, "no-answer")
                elif leg.is_customer or leg.id in self.lost:  # people hang up by themselves if nothing is to be heard
                    self.rooms.end(leg.id)
            await self._settle()
            for agent in AGENTS:
                await self._finish_work(agent)
            if not self.rooms.list_living() and not self.house.floor.interactions:
                return

    async def _finish_work(self, agent: str) -> None:
        shown = self.house.screens[agent].shown
        for consult in list(shown["consults"]):
            await self.house.ask(agent, "leave_consult", party_id=consult["party_id"])
        for held in list(shown["interactions"]):
            about = {"interaction_id": held["id"], "version": held["version"]}
            if held["state"] == "wrap_up":
                await self.house.ask(agent, "complete_wrap_up", **about, disposition="solved")
            else:
                await self.house.ask(agent, "end_interaction", **about)

    async def _check_end(self) -> None:
        assert self.rooms.list_living() == [], self.rooms.list_living()
        for agent in AGENTS:
            assert self.house.screens[agent].shown["agent"]["load"] == 0, agent
            assert self.house.screens[agent].shown["consults"] == []
        i, p = tables.interaction.c, tables.party.c
        assert await self.house.rows(tables.interaction, i.closed_at.is_(None), i.state != "waiting") == []
        assert await self.house.rows(tables.interaction, i.closed_at.is_not(None), i.call_state != S.OVER) == []
        assert await self.house.rows(tables.party, p.ended_at.is_(None)) == []
        await self.house.check_screens()

    def teardown(self) -> None:
        try:
            if not self.is_broken:
                self.run(self._settle())
                self._check_rooms()
                self.run(self._end_everything())
                self.run(self._check_end())
        finally:
            self.loop.run(self.opened.__aexit__(None, None, None))
            self.loop.close()


def find_reachable(table: Any, state: str) -> set[str]:
    """The states to which any number of rows leads from this one."""
    reached = {state}
    for _ in call_lifecycle.CallState:
        reached |= {after for (before, _), after in table.items() if before in reached}
    return reached

"""The machine of calls where each call is recorded: asked for, begun, paused, over, over again, absent.

The rule of this file: as in `call_machine.py`. Each recording's reports wait in `pending` with all others.
"""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from channels.channel import CallArrived, Receipt, Speak, StartRecording
from hub.batch.call_recordings import SAID
from hub.call_lifecycle import RECORDING_TRANSITIONS
from hub.storage import tables
from tests.hub.calls.call_machine import ANY, find_reachable
from tests.hub.calls.directed_machine import DirectedCallMachine
from tests.hub.calls.faulty_provider import FAULTS
from tests.hub.calls.provider_recordings import OF_RECORDINGS, ProviderRecordings, as_adapter
from tests.hub.calls.recorded_calls import record


class RecordedCallMachine(DirectedCallMachine):
    async def _begin(self) -> None:
        await super()._begin()
        await record(self.house)
        self.recordings = ProviderRecordings(self.house, self.rooms)
        self.recorded: dict[str, str] = {}  # states of recordings, after the last step
        self.aware: set[str] = set()  # calls whose customer has heard that they are recorded

    # ---- the provider

    async def send(self, request: Any) -> Receipt:
        fault, is_done = self.fault
        is_done = not fault or (is_done and FAULTS[fault][1])
        if isinstance(request, Speak) and f".{SAID}." in request.outbox_id and is_done:
            self.aware.add(request.call_id)
        if not isinstance(request, OF_RECORDINGS):
            return await super().send(request)
        receipt = Receipt("")
        if is_done:
            if isinstance(request, StartRecording):
                assert request.call_id in self.aware, "recorded, and its customer does not know"
            receipt = await self.recordings.carry_out(request)
        if fault:
            raise as_adapter(request, FAULTS[fault][0])
        return receipt

    @precondition(lambda self: self.recordings.list_running())
    @rule(pick=ANY, is_absent=st.booleans())
    def a_recording_ends_by_itself(self, pick: int, is_absent: bool) -> None:
        self.recordings.end(self._pick(self.recordings.list_running(), pick), is_absent=is_absent)

    # ---- what always holds

    @invariant()
    def nothing_is_recorded_where_a_screen_says_paused(self) -> None:
        self.recordings.check_pauses()

    @invariant()
    def each_step_of_a_recording_is_a_row_of_the_table(self) -> None:
        now = {one.id: str(one.state) for one in self.house.floor.recordings.values()}
        for id_, state in now.items():
            before = self.recorded.get(id_, "")
            assert state in find_reachable(RECORDING_TRANSITIONS, before), (id_, before, state)
        self.recorded = now

    # ---- moves

    def _collect(self) -> None:
        """A customer may have heard it before the call arrives here, and a recording ends with its call."""
        self.recordings.end_with_calls()
        for at, notice in enumerate(self.rooms.told):
            if isinstance(notice, CallArrived) and self.called % 2:
                self.rooms.told[at] = replace(notice, announced="recorded")
                self.aware.add(notice.call_id)
        super()._collect()

    async def _end_everything(self) -> None:
        await super()._end_everything()
        for _ in range(20):
            if self.house.floor.recordings:
                await self.house.turn(600)
                await self._do_and_tell()

    async def _check_end(self) -> None:
        await super()._check_end()
        self.recordings.check_end(await self.house.rows(tables.recording))

"""Random recorded calls at a provider with faults: in the end each recording is stored here and gone there, and
nothing is ever recorded where a screen says that it is paused.

The rule of this file: as in `test_call_faults.py`, whose calls these are.
"""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from channels.channel import (
    CallArrived,
    ChangeRecording,
    ChannelError,
    DeleteRecording,
    FetchRecordings,
    Receipt,
    RecordingChange,
    RecordingReported,
    StartRecording,
)
from hub.storage import tables
from tests.hub.calls.faulty_provider import FaultyProvider
from tests.hub.calls.recorded_calls import fetched, over, record
from tests.hub.calls.test_call_faults import run_calls
from tests.hub.house import House

CALLS = 40
OF_RECORDINGS = (StartRecording, ChangeRecording, FetchRecordings, DeleteRecording)


@dataclass
class RecordingProvider(FaultyProvider):
    states: dict[str, str] = field(default_factory=dict)  # by recording: in-progress, paused, completed
    call_of: dict[str, str] = field(default_factory=dict)  # by recording
    fetched: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)

    def call(self, address: str) -> str:
        with self._telling():
            call_id = self.rooms.call_in(address)
            self.rooms.told = [
                replace(one, announced="recorded") if isinstance(one, CallArrived) else one for one in self.rooms.told
            ]
            return call_id

    async def send(self, request: Any) -> Receipt:
        if not isinstance(request, OF_RECORDINGS):
            return await super().send(request)
        fault, is_done = self._find_fault(type(request).__name__)
        receipt = Receipt("")
        if is_done:
            with self._telling():
                receipt = await self._record(request)
        if fault is None:
            return receipt
        # as `channels.phone.recording_requests` raises it
        if isinstance(request, ChangeRecording):
            raise ChannelError(fault.what, code=fault.code, outcome_known=fault.outcome_known)
        raise ChannelError(fault.what, code=fault.code, retry=fault.retry or not fault.outcome_known)

    async def _record(self, request: Any) -> Receipt:
        of_call = [one for one, call_id in self.call_of.items() if call_id == request.call_id and one in self.states]
        match request:
            case StartRecording():
                running = [one for one in of_call if self.states[one] != "completed"]
                if not running and (request.call_id not in self.legs or self.legs[request.call_id].is_over):
                    raise ChannelError("the customer is not in the room", code="no_customer", whose="customer")
                return Receipt(running[0] if running else self._begin(request.call_id))
            case ChangeRecording():
                if self.states.get(request.recording_id, "completed") == "completed":
                    raise ChannelError("it is over", code="21220", whose="ours")
                state = {RecordingChange.PAUSE: "paused", RecordingChange.RESUME: "in-progress"}.get(request.change)
                if state is None:
                    self._end(request.recording_id)
                else:
                    self.states[request.recording_id] = state
                return Receipt(request.recording_id)
            case FetchRecordings():
                for one in [one for one in of_call if self.states[one] == "completed"]:
                    self.fetched.add(one)
                    await self.house.host.accept((fetched(request.call_id, one),))
                if any(self.states[one] != "completed" for one in of_call):
                    raise ChannelError("it is not ready", code="not_ready", retry=True)
                return Receipt(of_call[-1] if of_call else "")
            case _:
                assert request.recording_id in self.fetched, "deleted before its sound was stored"
                self.states.pop(request.recording_id, None)
                self.deleted.add(request.recording_id)
                return Receipt(request.recording_id)

    def _begin(self, call_id: str) -> str:
        recording_id = f"RE{len(self.call_of) + 1}"
        self.states[recording_id], self.call_of[recording_id] = "in-progress", call_id
        key, began_at = f"phone:AC1:{recording_id}:in-progress", self.house.clock.now()
        self.rooms.told.append(RecordingReported(key, call_id, recording_id, began_at))
        return recording_id

    def _end(self, recording_id: str) -> None:
        self.states[recording_id] = "completed"
        self.rooms.told.append(over(self.call_of[recording_id], recording_id))

    async def pass_time(self, seconds: int) -> None:
        await super().pass_time(seconds)
        with self._telling():
            for one, state in list(self.states.items()):
                if state != "completed" and self.legs[self.call_of[one]].is_over:
                    self._end(one)
        self._check_pauses()
        for agent, screen in self.house.screens.items():
            for held in screen.held:
                if (held["call"] or {}).get("recording") and self.chance.random() < 0.3:
                    kind = self.chance.choice(("pause_recording", "resume_recording"))
                    await self.house.about(agent, held["id"], kind)

    def _check_pauses(self) -> None:
        """Where a screen says *paused*, the provider records nothing of the call."""
        for screen in self.house.screens.values():
            for held in screen.held:
                if ((held["call"] or {}).get("recording") or {}).get("state") == "paused":
                    call_id = self.house.floor.interactions[held["id"]].provider_ref
                    states = [self.states.get(one) for one, of in self.call_of.items() if of == call_id]
                    assert "in-progress" not in states, held["id"]


@pytest.mark.promise("P13")
@pytest.mark.parametrize("seed", range(2))
async def test_each_recording_is_stored_here_and_gone_at_the_provider(house: House, seed: int) -> None:
    await record(house)
    made: list[RecordingProvider] = []

    def make(*parts: Any) -> RecordingProvider:
        made.append(RecordingProvider(*parts))
        return made[0]

    failed = await run_calls(house, seed, CALLS, make)
    provider = made[0]
    provider.is_faulty = False
    for _ in range(60):
        if not house.floor.recordings:
            break
        await house.turn(600)
        await provider.pass_time(600)
        await provider.carry_out()
    assert house.floor.recordings == {} and provider.states == {}
    rows = await house.rows(tables.recording)
    assert (
        {row["provider_ref"] for row in rows if row["state"] == "stored"} == provider.deleted == set(provider.call_of)
    )
    assert {row["state"] for row in rows} <= {"stored", "failed"} and all(row["settled_at"] for row in rows)
    assert {kind for kind, _ in failed} >= {one.__name__ for one in OF_RECORDINGS}
    facts = {row["fact"] for row in await house.rows(tables.message, tables.message.c.kind == "fact")}
    assert facts >= {"recording_began", "recording_paused", "recording_pause_failed", "recording_resumed"}

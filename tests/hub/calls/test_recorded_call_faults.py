"""Random recorded calls at a provider with faults: in the end each recording is stored here and gone there, and
nothing is ever recorded where a screen says that it is paused.

The rule of this file: as in `test_call_faults.py`, whose calls these are.
"""

from dataclasses import dataclass, replace
from typing import Any

import pytest

from channels.channel import CallArrived, Receipt
from hub.storage import tables
from tests.hub.calls.faulty_provider import FaultyProvider
from tests.hub.calls.provider_recordings import OF_RECORDINGS, ProviderRecordings, as_adapter
from tests.hub.calls.recorded_calls import record
from tests.hub.calls.test_call_faults import run_calls
from tests.hub.house import House

CALLS = 40


@dataclass
class RecordingProvider(FaultyProvider):
    def __post_init__(self) -> None:
        super().__post_init__()
        self.recordings = ProviderRecordings(self.house, self.rooms)

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
                receipt = await self.recordings.carry_out(request)
        if fault is not None:
            raise as_adapter(request, fault)
        return receipt

    async def pass_time(self, seconds: int) -> None:
        await super().pass_time(seconds)
        with self._telling():
            self.recordings.end_with_calls()
        self.recordings.check_pauses()
        for agent, screen in self.house.screens.items():
            for held in screen.held:
                if (held["call"] or {}).get("recording") and self.chance.random() < 0.3:
                    kind = self.chance.choice(("pause_recording", "resume_recording"))
                    await self.house.about(agent, held["id"], kind)


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
    rows = await house.rows(tables.recording)
    assert provider.recordings.call_of
    provider.recordings.check_end(rows)
    assert {kind for kind, _ in failed} >= {one.__name__ for one in OF_RECORDINGS}
    facts = {row["fact"] for row in await house.rows(tables.message, tables.message.c.kind == "fact")}
    assert facts >= {"recording_began", "recording_paused", "recording_pause_failed", "recording_resumed"}

"""The recordings that a phone provider makes of calls: begun, paused, over, listed, deleted.

The rule of this file: as in `provider_rooms.py`, in whose `told` the reports stand. A recording that holds nothing is
*absent*: it is over, and in no list.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from channels.channel import (
    ChangeRecording,
    ChannelError,
    DeleteRecording,
    FetchRecordings,
    Receipt,
    RecordingChange,
    RecordingReported,
    StartRecording,
)
from tests.hub.calls.provider_rooms import ProviderRooms
from tests.hub.calls.recorded_calls import fetched, over
from tests.hub.house import House

OF_RECORDINGS: Final = (StartRecording, ChangeRecording, FetchRecordings, DeleteRecording)


@dataclass
class ProviderRecordings:
    house: House
    rooms: ProviderRooms
    states: dict[str, str] = field(default_factory=dict)  # of those it has: in-progress, paused, completed
    call_of: dict[str, str] = field(default_factory=dict)  # by recording, also of those it has no more
    fetched: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    absent: set[str] = field(default_factory=set)

    async def carry_out(self, request: Any) -> Receipt:
        """Raises ChannelError as the adapter does."""
        of_call = [one for one, call_id in self.call_of.items() if call_id == request.call_id and one in self.states]
        match request:
            case StartRecording():
                running = [one for one in of_call if self.states[one] != "completed"]
                if not running and (request.call_id not in self.rooms.legs or self._is_over(request.call_id)):
                    raise ChannelError("the customer is not in the room", code="no_customer", whose="customer")
                return Receipt(running[0] if running else self._begin(request.call_id))
            case ChangeRecording():
                if self.states.get(request.recording_id, "completed") == "completed":
                    raise ChannelError("it is over", code="21220", whose="ours")
                state = {RecordingChange.PAUSE: "paused", RecordingChange.RESUME: "in-progress"}.get(request.change)
                if state is None:
                    self.end(request.recording_id)
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

    def end(self, recording_id: str, *, is_absent: bool = False) -> None:
        if is_absent:
            del self.states[recording_id]
            self.absent.add(recording_id)
        else:
            self.states[recording_id] = "completed"
        self.rooms.told.append(over(self.call_of[recording_id], recording_id))

    def list_running(self) -> list[str]:
        return [one for one, state in self.states.items() if state != "completed"]

    def end_with_calls(self) -> None:
        """A recording ends with its call."""
        for one in self.list_running():
            if self._is_over(self.call_of[one]):
                self.end(one)

    def check_pauses(self) -> None:
        """Where a screen says *paused*, the provider records nothing of the call."""
        for screen in self.house.screens.values():
            for held in screen.held:
                if ((held["call"] or {}).get("recording") or {}).get("state") == "paused":
                    call_id = self.house.floor.interactions[held["id"]].provider_ref
                    states = [self.states.get(one) for one, of in self.call_of.items() if of == call_id]
                    assert "in-progress" not in states, held["id"]

    def check_end(self, rows: list[dict[str, Any]]) -> None:
        """Each sound is stored here and gone there, and nothing is left to ask. `rows`: all of the table."""
        assert self.house.floor.recordings == {} and self.states == {}
        stored = {row["provider_ref"] for row in rows if row["state"] == "stored"}
        assert stored == self.deleted == set(self.call_of) - self.absent
        assert {row["state"] for row in rows} <= {"stored", "failed"} and all(row["settled_at"] for row in rows)

    def _begin(self, call_id: str) -> str:
        recording_id = f"RE{len(self.call_of) + 1}"
        self.states[recording_id], self.call_of[recording_id] = "in-progress", call_id
        key, began_at = f"phone:AC1:{recording_id}:in-progress", self.house.clock.now()
        self.rooms.told.append(RecordingReported(key, call_id, recording_id, began_at))
        return recording_id

    def _is_over(self, call_id: str) -> bool:
        return self.rooms.legs[call_id].is_over


def as_adapter(request: Any, fault: ChannelError) -> ChannelError:
    """The fault of a request about a recording, as `channels.phone.recording_requests` raises it."""
    if isinstance(request, ChangeRecording):
        return ChannelError(fault.what, code=fault.code, outcome_known=fault.outcome_known)
    return ChannelError(fault.what, code=fault.code, retry=fault.retry or not fault.outcome_known)

"""Calls that are recorded by policy, as the provider reports them.

The rule of this file: each step is what really comes: a request of the hub, its result, the provider's report.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

from channels.channel import Media, RecordingFetched, RecordingReported
from hub.policies.document import PolicyDocument, RecordingPolicy
from hub.policies.stored_versions import publish_policy
from hub.storage import tables
from hub.storage.documents import PolicyPublished
from tests.hub.house import House, Row
from tests.hub.notices import agent_joined, call, customer_left
from tests.hub.sample_policies import with_queue

RECORDED = RecordingPolicy(announcement="recorded", keep_days=90)
SHA = "ab" * 32


async def record(house: House, queue: str = "service", *, keep_days: int = 90, **more: Any) -> None:
    """The queue's calls are recorded from here on, in both directions."""
    policy = replace(RECORDED, keep_days=keep_days)
    before = house.state.book.document
    await publish(house, with_queue(before, queue, recording={"arriving": policy, "called_out": policy}, **more))


async def publish(house: House, document: PolicyDocument) -> None:
    version = await publish_policy(house.db, document, house.clock.now(), "test")
    assert version is not None
    await house.take(PolicyPublished(version))


async def talk_recorded(house: House, call_id: str = "CA1", **more: Any) -> str:
    """Ada talks with Sam, who has heard that the call is recorded; the provider is asked for it."""
    await record(house, **more)
    await house.seat("ada")
    await house.take(call(call_id, announced="recorded"))
    held = str((await house.accept("ada"))["id"])
    await house.take(agent_joined(call_id, "CA-ada"))
    return held


async def begun(house: House, **more: Any) -> str:
    """As `talk_recorded`, and the provider records."""
    held = await talk_recorded(house, **more)
    await settle(house, "StartRecording", provider_id="RE1")
    return held


async def settle(house: House, kind: str, state: str = "sent", *, provider_id: str = "RE1", error: str = "") -> None:
    """What became of the last request of this kind."""
    request = (await house.requests(kind))[-1]
    interaction_id = request.outbox_id.partition(".")[0]
    more = {"interaction_id": interaction_id, "provider_id": provider_id if state == "sent" else "", "error": error}
    await house.take(house.result(request.outbox_id, "phone", state, kind=kind, **more))


def over(call_id: str = "CA1", recording_id: str = "RE1") -> RecordingReported:
    return RecordingReported(f"phone:AC1:{recording_id}:over", call_id, recording_id, None)


def find_ref(recording_id: str) -> str:
    """Of its sound in the media store."""
    return recording_id.ljust(32, "_")[:32]


def fetched(call_id: str = "CA1", recording_id: str = "RE1") -> RecordingFetched:
    media = Media(find_ref(recording_id), "call.wav", "audio/wav", 64_044, SHA)
    return RecordingFetched(f"phone:AC1:{recording_id}:fetched", call_id, recording_id, media, 62_000, 2)


async def recording(house: House, **columns: Any) -> Row:
    r = tables.recording
    (row,) = await house.rows(r, *(r.c[name] == value for name, value in columns.items()))
    return row


def shown(house: House, held: str, agent: str = "ada") -> Any:
    """The recording as the agent's screen shows it: (state, problem); None if it shows none."""
    view = house.screens[agent].find(held)["call"]["recording"]
    return view and (view["state"], view["problem"])


async def record_a_day(house: House) -> AsyncIterator[str]:
    """Everything that can happen to a recording, after whatever else the house has seen."""
    await record(house)
    agent = "emre"
    await house.seat(agent)
    await house.take(call("CA-day", "+46701740977", announced="recorded"))
    offered = [(one, offer) for one, screen in house.screens.items() for offer in screen.offers]
    taken, offer = next((one, offer) for one, offer in offered if offer["channel"] == "phone")
    await house.do(taken, "accept_offer", offer_id=offer["id"])
    held = str(offer["interaction_id"])
    yield "a customer who has heard that calls are recorded is taken"
    (connect,) = [one for one in await house.requests("ConnectAgent") if one.call_id == "CA-day"]
    await house.take(agent_joined("CA-day", "CA-day-agent", connect.outbox_id))
    yield "the recording is asked for"
    await settle(house, "StartRecording", provider_id="RE-day")
    yield "it has begun"
    await house.about(taken, held, "pause_recording")
    yield "a pause is asked for"
    await settle(house, "ChangeRecording")
    yield "it is paused"
    await house.about(taken, held, "resume_recording")
    await settle(house, "ChangeRecording", "failed", error="20404")
    yield "it could not go on"
    await house.about(taken, held, "resume_recording")
    await settle(house, "ChangeRecording")
    yield "it goes on"
    await house.take(customer_left("CA-day"), over("CA-day", "RE-day"))
    yield "the call and its recording are over"
    await house.take(fetched("CA-day", "RE-day"))
    yield "it is stored"
    await settle(house, "DeleteRecording")
    yield "it is gone at the provider"

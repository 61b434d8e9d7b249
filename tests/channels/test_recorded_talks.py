"""A talk is recorded at the provider: two channels, pauses that are silence, and gone once it is stored."""

import asyncio
import io
import wave
from collections.abc import AsyncIterator, Awaitable

import pytest

from channels.channel import (
    ChangeRecording,
    ChannelError,
    DeleteRecording,
    FetchRecordings,
    HangUp,
    Notice,
    RecordingChange,
    RecordingFetched,
    RecordingReported,
    StartRecording,
)
from channels.phone import recording_requests
from tests.channels.sandbox_house import SandboxHouse, build_sandbox_house
from tests.channels.test_phone_parties import call_with_ada

NOBODY = "CA" + "77" * 16


@pytest.fixture
async def house(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SandboxHouse]:
    monkeypatch.setattr(recording_requests, "AGAIN_SECONDS", 0.0)
    monkeypatch.setattr(recording_requests, "LOOK_SECONDS", 0.0)
    async with build_sandbox_house() as house:
        yield house


async def begin(house: SandboxHouse) -> tuple[str, str]:
    """(call, recording)"""
    call_id, _ = await call_with_ada(house)
    return call_id, (await house.phone.send(StartRecording("r1", call_id))).provider_id


async def change(house: SandboxHouse, of: tuple[str, str], what: RecordingChange) -> str:
    return (await house.phone.send(ChangeRecording("c1", *of, what))).provider_id


def status(house: SandboxHouse, recording_id: str) -> str:
    return house.sandbox._calls.recordings.by_sid[recording_id].status


async def refused(asked: Awaitable[object]) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        await asked
    return caught.value


def fetched(notices: list[Notice]) -> list[RecordingFetched]:
    return [one for one in notices if isinstance(one, RecordingFetched)]


async def record_to_the_end(house: SandboxHouse) -> tuple[str, str, RecordingFetched]:
    """A talk that is recorded, paused, gone on with, ended and fetched."""
    call_id, recording_id = await begin(house)
    for what in (RecordingChange.PAUSE, RecordingChange.RESUME):
        assert await change(house, (call_id, recording_id), what) == recording_id
    await house.phone.send(HangUp("h1", call_id, call_id))
    assert (await house.phone.send(FetchRecordings("f1", call_id))).provider_id == recording_id
    (one,) = fetched(list(house.hub.notices.values()))
    return call_id, recording_id, one


async def test_the_customers_leg_is_recorded_in_two_channels_and_reported(house: SandboxHouse) -> None:
    call_id, recording_id = await begin(house)
    notices = await house.hub.wait_until(lambda all_of: any(isinstance(n, RecordingReported) for n in all_of))
    (report,) = [one for one in notices if isinstance(one, RecordingReported)]
    assert (report.call_id, report.recording_id) == (call_id, recording_id) and report.began_at is not None
    recording = house.sandbox._calls.recordings.by_sid[recording_id]
    assert (recording.call.sid, recording.channels) == (call_id, 2)


async def test_a_recording_that_is_asked_for_twice_is_one(house: SandboxHouse) -> None:
    call_id, recording_id = await begin(house)
    assert (await house.phone.send(StartRecording("r1", call_id))).provider_id == recording_id
    assert len(house.sandbox._calls.recordings.by_sid) == 1


async def test_nothing_is_recorded_while_the_customer_is_outside_the_room(house: SandboxHouse) -> None:
    error = await refused(house.phone.send(StartRecording("r1", NOBODY)))
    assert error.code == "no_customer" and house.sandbox._calls.recordings.by_sid == {}


@pytest.mark.promise("P13")
async def test_a_pause_counts_if_the_provider_says_so_whatever_became_of_its_answer(house: SandboxHouse) -> None:
    of = await begin(house)
    await house.add_fault("rest", "drop_after")
    assert await change(house, of, RecordingChange.PAUSE) == of[1]
    assert status(house, of[1]) == "paused"
    assert await change(house, of, RecordingChange.PAUSE) == of[1], "paused already"
    await house.add_fault("rest", "429", 2)
    assert await change(house, of, RecordingChange.RESUME) == of[1]
    assert status(house, of[1]) == "in-progress"


@pytest.mark.promise("P13")
@pytest.mark.parametrize(("kind", "is_known"), [("500", False), ("nonsense", False), ("429", True)])
async def test_a_pause_that_nobody_confirms_is_none(house: SandboxHouse, kind: str, is_known: bool) -> None:
    of = await begin(house)
    await house.add_fault("rest", kind, 40)
    error = await refused(change(house, of, RecordingChange.PAUSE))
    assert (error.retry, error.outcome_known) == (False, is_known)


async def test_a_stop_ends_it_and_the_call_goes_on(house: SandboxHouse) -> None:
    of = await begin(house)
    assert await change(house, of, RecordingChange.STOP) == of[1]
    assert await change(house, of, RecordingChange.STOP) == of[1]
    assert not house.sandbox._calls.by_sid[of[0]].is_over
    error = await refused(change(house, of, RecordingChange.PAUSE))
    assert error.outcome_known, "it is over, and is not called paused"


async def test_it_is_fetched_in_two_channels_of_true_length_with_a_checksum(house: SandboxHouse) -> None:
    _, recording_id, one = await record_to_the_end(house)
    assert (one.recording_id, one.channels) == (recording_id, 2)
    with wave.open(io.BytesIO(house.hub.media[one.media.ref])) as sound:
        assert sound.getnchannels() == 2 and sound.getnframes() * 1000 // sound.getframerate() == one.duration_ms
    assert await house.hub.is_media_whole(one.media.ref, one.media.sha256)


async def test_a_recording_that_runs_is_not_ready(house: SandboxHouse) -> None:
    call_id, _ = await begin(house)
    error = await refused(house.phone.send(FetchRecordings("f1", call_id)))
    assert (error.code, error.retry) == ("not_ready", True)


async def test_it_is_fetched_once_and_a_call_without_one_gives_an_empty_receipt(house: SandboxHouse) -> None:
    call_id, recording_id, _ = await record_to_the_end(house)
    assert (await house.phone.send(FetchRecordings("f2", call_id))).provider_id == recording_id
    assert len(house.hub.media) == 1
    house.sandbox._calls.recordings.by_sid.clear()
    assert (await house.phone.send(FetchRecordings("f3", call_id))).provider_id == ""


async def test_it_is_deleted_at_the_provider_and_one_that_is_gone_counts_as_deleted(house: SandboxHouse) -> None:
    call_id, recording_id, one = await record_to_the_end(house)
    delete = DeleteRecording("d1", call_id, recording_id, one.media.ref, one.media.sha256)
    await house.add_fault("rest", "500")
    assert (await refused(house.phone.send(delete))).retry, "to delete twice does no harm"
    assert (await house.phone.send(delete)).provider_id == recording_id
    assert house.sandbox._calls.recordings.by_sid == {}
    assert (await house.phone.send(delete)).provider_id == recording_id


@pytest.mark.promise("P13")
async def test_nothing_is_deleted_whose_stored_sound_is_not_whole(house: SandboxHouse) -> None:
    call_id, recording_id, one = await record_to_the_end(house)
    house.hub.media[one.media.ref] += b"torn"
    delete = DeleteRecording("d1", call_id, recording_id, one.media.ref, one.media.sha256)
    assert (await refused(house.phone.send(delete))).code == "not_stored"
    assert list(house.sandbox._calls.recordings.by_sid) == [recording_id]


@pytest.mark.promise("P13")
async def test_sound_that_was_lost_is_fetched_once_more_into_its_place(house: SandboxHouse) -> None:
    call_id, recording_id, one = await record_to_the_end(house)
    house.hub.media[one.media.ref] += b"torn"
    for request in ("f2", "f2", "f3"):  # the second time is a repetition of the first, the third is of a second loss
        await house.phone.send(FetchRecordings(request, call_id, lost=(recording_id,)))
        assert await house.hub.is_media_whole(one.media.ref, one.media.sha256)
    assert len(house.hub.media) == 1
    assert [again.media for again in fetched(list(house.hub.notices.values()))] == [one.media] * 3


async def test_sound_that_breaks_off_is_not_stored(house: SandboxHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    call_id, _ = await begin(house)
    await house.phone.send(HangUp("h1", call_id, call_id))
    client = house.phone._client

    async def break_off(url: str) -> AsyncIterator[bytes]:
        yield b"RIFF"
        await asyncio.sleep(0)
        raise ConnectionResetError

    monkeypatch.setattr(client._transport, "stream", break_off)
    error = await refused(house.phone.send(FetchRecordings("f1", call_id)))
    assert error.retry and house.hub.media == {} and fetched(list(house.hub.notices.values())) == []

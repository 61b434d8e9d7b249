"""Calls are recorded by policy: customers hear it first, a pause is shown once it is confirmed, and what nobody knows
counts as recording."""

from dataclasses import replace

import pytest

from channels.channel import RecordingChange
from hub.storage import tables
from routing.model import DAY, SECOND
from tests.hub.calls import test_calling_out as outbound
from tests.hub.calls.recorded_calls import (
    SHA,
    begun,
    fetched,
    find_ref,
    over,
    record,
    recording,
    settle,
    shown,
    talk_recorded,
)
from tests.hub.calls.test_callbacks import wish
from tests.hub.calls.test_every_step import be_asked_for_a_message
from tests.hub.house import BOTH, House
from tests.hub.notices import agent_joined, call, call_answered, customer_left, voicemail
from tests.hub.scripts.test_recorded_proofs import begun as report_begin


async def facts(house: House, held: str) -> list[str]:
    return [fact for fact in await house.said(held, "fact") if fact.startswith("recording")]


# ---- the policy, and the announcement


async def test_a_queue_without_the_policy_records_nothing(house: House) -> None:
    await house.seat("ada")
    await house.take(call("CA1"))
    held = (await house.accept("ada"))["id"]
    await house.take(agent_joined("CA1", "CA-ada"))
    assert await house.requests("StartRecording") == [] and shown(house, held) is None


@BOTH
async def test_a_call_is_recorded_once_an_agent_talks_to_a_customer_who_knows(house: House) -> None:
    held = await talk_recorded(house)
    (request,) = await house.requests("StartRecording")
    assert request.call_id == "CA1" and shown(house, held) == ("asked", "")
    await settle(house, "StartRecording")
    assert shown(house, held) == ("recording", "")
    row = await recording(house)
    assert (row["state"], row["provider_ref"], row["keep_days"]) == ("recording", "RE1", 90)
    await house.check_screens()
    await house.check_restored()


async def test_a_customer_who_has_heard_nothing_is_not_recorded_and_the_timeline_says_so(house: House) -> None:
    await record(house)
    await house.seat("ada")
    await house.take(call("CA2", announced=""))
    (said,) = await house.requests("Speak")
    assert said.call_id == "CA2", "one that the hub finds late hears it while they wait"
    held = (await house.accept("ada"))["id"]
    await house.take(agent_joined("CA2", "CA-ada"))
    assert await house.requests("StartRecording") == []
    assert await facts(house, held) == ["recording_not_announced"]
    await settle(house, "Speak")
    assert len(await house.requests("StartRecording")) == 1, "the words have been said"


@pytest.mark.parametrize(("seconds", "ended"), [(5, ["CA2", "CA-ada"]), (61, ["CA2"])])
async def test_who_ends_a_call_while_its_customer_hears_the_words_is_not_left_alone_in_the_room(
    house: House, seconds: int, ended: list[str]
) -> None:
    """Words are heard outside the room, which then does not end with the customer's leg."""
    await record(house)
    await house.seat("ada")
    await house.take(call("CA2", announced=""))
    held = (await house.accept("ada"))["id"]
    await house.take(agent_joined("CA2", "CA-ada"))
    await settle(house, "Speak")
    await house.turn(seconds)
    assert not (await house.about("ada", held, "end_interaction")).code
    assert [one.leg_id for one in await house.requests("HangUp")] == ended


async def test_a_call_out_announces_as_its_customer_answers(house: House) -> None:
    await record(house, "cards")
    house.dispatcher._rules = outbound.RULES
    await house.seat("ada")
    await outbound.call_out(house)
    outbox_id = await outbound.reach(house)
    (dialled,) = await house.requests("CallCustomer")
    assert dialled.announced == "recorded" and "recorded" in dialled.text
    await house.take(agent_joined("CA1", "CA8", outbox_id))
    assert await house.requests("StartRecording") == []
    await house.take(replace(call_answered(f"{outbox_id}.call", "CA1"), announced="recorded"))
    assert len(await house.requests("StartRecording")) == 1


async def test_a_call_that_moves_follows_the_policy_of_its_new_queue(house: House) -> None:
    held = await begun(house)
    assert not (await house.about("ada", held, "transfer_interaction", queue="deposits")).code
    assert [one.change for one in await house.requests("ChangeRecording")] == [RecordingChange.STOP]
    await house.take(over())
    assert (await recording(house))["state"] == "ended"


async def test_a_call_that_moves_to_a_recording_queue_hears_so_before_it_is_recorded(house: House) -> None:
    await record(house, "deposits")
    await house.seat("ada")
    await house.take(call("CA1"))
    held = (await house.accept("ada"))["id"]
    await house.take(agent_joined("CA1", "CA-ada"))
    assert not (await house.about("ada", held, "transfer_interaction", queue="deposits")).code
    (said,) = await house.requests("Speak")
    assert "recorded" in said.text and await house.requests("StartRecording") == []
    assert (await house.interaction(id=held))["announced"] == ""
    await settle(house, "Speak")
    assert (await house.interaction(id=held))["announced"] == "recorded"


# ---- pause and resume


@BOTH
@pytest.mark.promise("P13")
async def test_a_pause_is_shown_and_told_only_when_the_provider_confirms_it(house: House) -> None:
    held = await begun(house)
    assert not (await house.about("ada", held, "pause_recording")).code
    assert shown(house, held) == ("pausing", "")
    assert "recording_paused" not in await facts(house, held)
    await settle(house, "ChangeRecording")
    assert shown(house, held) == ("paused", "")
    assert not (await house.about("ada", held, "resume_recording")).code
    assert shown(house, held) == ("resuming", "")
    await settle(house, "ChangeRecording")
    assert shown(house, held) == ("recording", "")
    assert await facts(house, held) == ["recording_began", "recording_step", "recording_paused", "recording_resumed"]
    audits = await house.rows(tables.audit, tables.audit.c.action.like("recording.%"))
    assert [row["action"].removeprefix("recording.") for row in audits] == [
        *("pause", "pause_confirmed", "resume", "resume_confirmed")
    ]
    await house.check_screens()
    await house.check_restored()


@pytest.mark.promise("P13")
@pytest.mark.parametrize("state", ["failed", "unknown"])
async def test_a_pause_that_is_refused_or_unknown_counts_as_recording(house: House, state: str) -> None:
    held = await begun(house)
    await house.about("ada", held, "pause_recording")
    await settle(house, "ChangeRecording", state, error="20429")
    assert shown(house, held) == ("recording", "pause")
    assert (await facts(house, held))[-1] == "recording_pause_failed"


@pytest.mark.promise("P13")
async def test_a_resumption_that_is_refused_leaves_it_paused_and_one_that_is_unknown_counts_as_recording(
    house: House,
) -> None:
    held = await begun(house)
    await house.about("ada", held, "pause_recording")
    await settle(house, "ChangeRecording")
    await house.about("ada", held, "resume_recording")
    await settle(house, "ChangeRecording", "failed", error="20404")
    assert shown(house, held) == ("paused", "resume")
    await house.about("ada", held, "resume_recording")
    await settle(house, "ChangeRecording", "unknown", error="no_answer")
    assert shown(house, held) == ("recording", "resume")


async def test_a_pause_of_a_call_that_is_not_recorded_is_refused(house: House) -> None:
    await house.seat("ada")
    await house.take(call("CA1"))
    held = (await house.accept("ada"))["id"]
    await house.take(agent_joined("CA1", "CA-ada"))
    assert (await house.about("ada", held, "pause_recording")).code == "not_recorded"


# ---- the end, the sound, and what becomes of it


@BOTH
async def test_a_recording_is_fetched_then_deleted_at_the_provider_and_then_settled(house: House) -> None:
    held = await begun(house)
    await house.take(over(), customer_left("CA1"))
    (request,) = await house.requests("FetchRecordings")
    assert request.call_id == "CA1" and await house.requests("DeleteRecording") == []
    await house.take(fetched())
    row = await recording(house)
    assert (row["state"], row["media"], row["sha256"], row["duration_ms"]) == ("stored", find_ref("RE1"), SHA, 62_000)
    assert row["settled_at"] is None and row["delete_at"] == row["ended_at"] + 90 * DAY
    (delete,) = await house.requests("DeleteRecording")
    assert (delete.recording_id, delete.media, delete.sha256) == ("RE1", find_ref("RE1"), SHA)
    await house.check_restored()
    await settle(house, "DeleteRecording")
    assert (await recording(house))["settled_at"] is not None and house.floor.recordings == {}
    assert held


async def test_a_recording_whose_reports_are_lost_is_asked_for_until_it_is_stored_and_gone(house: House) -> None:
    await begun(house)
    await house.take(customer_left("CA1"))
    assert await house.requests("FetchRecordings") == []
    await house.turn(61)
    assert len(await house.requests("FetchRecordings")) == 1
    await settle(house, "FetchRecordings", "failed", error="not_ready")
    await house.turn(200)
    assert len(await house.requests("FetchRecordings")) >= 2
    await house.take(fetched())
    await settle(house, "DeleteRecording", "failed", error="20429")
    assert (await recording(house))["settled_at"] is None
    await house.turn(3_700)
    assert len(await house.requests("DeleteRecording")) >= 2
    await settle(house, "DeleteRecording")
    assert (await recording(house))["settled_at"] is not None


async def test_the_recording_of_a_line_that_is_given_back_is_fetched_though_its_report_is_lost(house: House) -> None:
    held = await begun(house)
    await record(house, "cards")
    await house.do("ada", "set_state", state="unavailable", reason="lunch", after_current=True)
    assert not (await house.about("ada", held, "transfer_interaction", queue="cards")).code
    assert await house.requests("ChangeRecording") == [], "that queue records too, and its customer knows"
    await house.take(wish(), customer_left("CA1"))
    assert (await house.interaction(id=held))["call_state"] == "given_back"
    await house.turn(61)
    assert [one.call_id for one in await house.requests("FetchRecordings")] == ["CA1"]


async def test_nothing_is_deleted_whose_stored_sound_is_not_what_was_stored(house: House) -> None:
    await begun(house)
    await house.take(over(), fetched())
    await settle(house, "DeleteRecording", "failed", error="not_stored")
    row = await recording(house)
    assert (row["state"], row["sha256"], row["delete_at"], row["settled_at"]) == ("ended", "", None, None)
    first, again = await house.requests("FetchRecordings")
    assert (first.lost, again.lost) == ((), ("RE1",))
    await house.take(replace(fetched(), key=f"phone:AC1:RE1:fetched:{again.outbox_id}"))
    await settle(house, "DeleteRecording")
    row = await recording(house)
    assert (row["state"], row["sha256"]) == ("stored", SHA) and row["settled_at"]


async def test_the_confirmation_of_an_earlier_pause_is_not_that_of_the_last(house: House) -> None:
    """The agent pauses, goes on and pauses again before the provider has answered: it still has to go on."""
    held = await begun(house)
    for kind in ("pause_recording", "resume_recording", "pause_recording"):
        assert not (await house.about("ada", held, kind)).code
    answers = []
    for request in await house.requests("ChangeRecording"):
        more = {"interaction_id": request.outbox_id.partition(".")[0], "provider_id": "RE1", "error": ""}
        await house.take(house.result(request.outbox_id, "phone", "sent", kind="ChangeRecording", **more))
        answers.append(shown(house, held))
    assert answers == [("pausing", ""), ("pausing", ""), ("paused", "")]


async def test_a_recording_that_the_provider_has_not_is_settled_as_failed(house: House) -> None:
    await talk_recorded(house)
    await settle(house, "StartRecording", "failed", error="20500")
    assert (await recording(house))["state"] == "failed"
    await house.turn(61)
    await settle(house, "FetchRecordings", provider_id="")
    assert house.floor.recordings == {}


async def test_a_recording_that_began_after_all_is_shown_as_recording(house: House) -> None:
    held = await talk_recorded(house)
    await settle(house, "StartRecording", "failed", error="no_answer")
    assert shown(house, held) == ("failed", "begin")
    await house.take(report_begin(house.clock.now() - SECOND))
    assert shown(house, held) == ("recording", "")


async def test_one_that_no_row_tells_of_is_kept_and_deleted_at_the_provider_too(house: House) -> None:
    await begun(house)
    await house.take(over(), fetched(), customer_left("CA1"))
    await house.take(fetched(recording_id="RE2"))
    rows = await house.rows(tables.recording)
    assert sorted((row["provider_ref"], row["state"]) for row in rows) == [("RE1", "stored"), ("RE2", "stored")]
    assert {one.recording_id for one in await house.requests("DeleteRecording")} == {"RE1", "RE2"}


async def test_a_customers_message_is_a_recording_too(house: House) -> None:
    await be_asked_for_a_message(house)
    left = voicemail("CA1", seconds=12)
    await house.take(replace(left, recording_id="RE9", media=replace(left.media, sha256=SHA)))
    row = await recording(house)
    assert (row["kind"], row["state"], row["duration_ms"], row["delete_at"]) == ("voicemail", "stored", 12_000, None)
    assert [one.recording_id for one in await house.requests("DeleteRecording")] == ["RE9"]

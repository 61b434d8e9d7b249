"""The recordings of calls while a batch is decided: announced, begun, paused, gone on with, ended.

The rule of this file: each recording moves by `move_recording`, and each request to the provider is a row of the
outbox whose id begins with the recording's. Nothing is recorded before its customer has heard that it will be. What
is not known counts as recording, so that no agent takes a card number in the belief that nothing is kept.
`hub.batch.recorded_sound` has what follows: their sound.
"""

from typing import Final

from agent_console.fact_kinds import FactKind
from channels.channel import (
    After,
    ChangeRecording,
    RecordingChange,
    Speak,
    StartRecording,
)
from hub.batch.batch import Batch
from hub.batch.recorded_sound import LATE, add, name_request
from hub.call_lifecycle import (
    LIVE,
    ON_THE_LINE,
    RUNNING,
    CallState,
    CallStep,
    RecordingState,
    RecordingStep,
    find_recording_state_after,
    move_call,
    move_recording,
)
from hub.ids import new_id
from hub.open_work.call_recording import CALL, Recording
from hub.open_work.floor import OpenInteraction
from hub.policies.document import RecordingPolicy
from hub.sending.consents import RECORDING, find_consent_refusal
from hub.storage.audit_words import OfWork
from routing.model import Micros
from scripts_library.script_parts import Step

HUB: Final = "hub"  # stands in the audit trail for the hub itself
SAID: Final = "said"  # in the id of a request for words on recording

# ---- words, and the beginning --------------------------------------------------------------------------------------


def find_announced(batch: Batch, interaction: OpenInteraction) -> str:
    """The policy's message that a customer of this interaction has to hear. Empty: the call is not recorded."""
    recording = find_recording_policy(batch, interaction)
    return recording.announcement if recording is not None else ""


def find_recording_policy(batch: Batch, interaction: OpenInteraction) -> RecordingPolicy | None:
    """How this call is recorded; None if its queue records none, or its customer does not want it."""
    rule = batch.book.consents[RECORDING]
    if find_consent_refusal(rule, interaction.recording_consent, batch.now) is not None:
        return None
    return batch.book.find_recording(interaction.queue, interaction.direction)


def announce(batch: Batch, interaction: OpenInteraction) -> bool:
    """Say it to a customer who waits on the line, if their queue records and they have not heard its words. Return
    whether it is said."""
    message = find_announced(batch, interaction)
    text = batch.book.find_text(message, interaction.language) if message else ""
    if not text or message == interaction.announced or interaction.call_state not in ON_THE_LINE:
        return False
    if not move_call(interaction, CallStep.SPOKEN_TO, batch.now):
        return False
    organisation = batch.book.document.organisation
    batch.add_message(interaction, kind="agent", text=text, author=organisation, is_automatic=True)
    outbox_id = f"{interaction.id}.{SAID}.{new_id('x')}"
    language = batch.book.find_language(message, interaction.language)
    batch.request(interaction, Speak(outbox_id, interaction.provider_ref, text, language, After.RETURN))
    return True


def take_said(batch: Batch, interaction: OpenInteraction, state: str) -> None:
    """The provider says the words, or refused to. The recording begins once the customer is back in the room."""
    if state == "sent":
        interaction.announced = find_announced(batch, interaction)
        begin(batch, interaction)
        batch.tell_changed(interaction)


def begin(batch: Batch, interaction: OpenInteraction) -> None:
    """Record the call if its queue's policy says so, its customer knows, and an agent talks to them. A recording that
    runs goes on by that policy."""
    policy = find_recording_policy(batch, interaction)
    if policy is None or interaction.call_state is not CallState.TALKING:
        return
    live = interaction.live_recording
    if live is not None:
        live.keep_days = policy.keep_days
        batch.writes.touch_recording(live)
    elif interaction.announced == policy.announcement:
        recording = add(batch, interaction.id, CALL, interaction.provider_ref, policy.keep_days)
        recording.channel = str(interaction.channel)
        if move_recording(recording, RecordingStep.ASKED, batch.now):
            batch.request(interaction, StartRecording(name_request(recording, "start"), recording.call_ref))
    else:
        batch.add_fact(interaction, "recording_not_announced")


def take_begin(batch: Batch, recording: Recording, provider_ref: str, began_at: Micros) -> None:
    """The provider records. Its report and its answer to our request both tell; the first one counts."""
    recording.provider_ref = recording.provider_ref or provider_ref
    batch.writes.touch_recording(recording)
    if find_recording_state_after(recording.state, RecordingStep.BEGAN) is None:
        return
    if not move_recording(recording, RecordingStep.BEGAN, batch.now):
        return
    recording.began_at, recording.problem = began_at, ""
    interaction = batch.floor.interactions.get(recording.interaction_id)
    if interaction is None:
        return
    if interaction.recording_ref != recording.provider_ref:
        interaction.recording_ref, interaction.recording_began_at = recording.provider_ref, began_at
    batch.add_fact(interaction, "recording_began", {"recording": recording.id})  # by which it is heard
    if find_announced(batch, interaction):
        follow_script(batch, interaction)
    else:  # the call has come into a queue that records none
        stop(batch, interaction, recording)
    batch.tell_changed(interaction)


def take_failed_begin(batch: Batch, recording: Recording, error: str) -> None:
    if find_recording_state_after(recording.state, RecordingStep.FAILED) is None or recording.provider_ref:
        return
    if move_recording(recording, RecordingStep.FAILED, batch.now):
        recording.problem = "begin"
        recording.due_at = batch.now + LATE  # perhaps it began after all
        batch.writes.touch_recording(recording)
        _tell(batch, recording, "recording_failed", reason=error)


# ---- pause, and the end --------------------------------------------------------------------------------------------


def pause(batch: Batch, interaction: OpenInteraction, recording: Recording, *, by_script: bool) -> bool:
    """Ask the provider for a pause. Return False where it makes no sense: none runs, or it is paused."""
    if find_recording_state_after(recording.state, RecordingStep.PAUSE_ASKED) is None:
        return False
    if not move_recording(recording, RecordingStep.PAUSE_ASKED, batch.now):
        return False
    recording.is_paused_by_script, recording.problem = by_script, ""
    _change(batch, interaction, recording, RecordingChange.PAUSE)
    batch.audit(interaction.agent_id or HUB, "recording.pause", interaction, {})
    return True


def resume(batch: Batch, interaction: OpenInteraction, recording: Recording) -> bool:
    """Ask the provider to record again. Return False where it makes no sense."""
    if find_recording_state_after(recording.state, RecordingStep.RESUME_ASKED) is None:
        return False
    if not move_recording(recording, RecordingStep.RESUME_ASKED, batch.now):
        return False
    recording.is_paused_by_script, recording.problem = False, ""
    _change(batch, interaction, recording, RecordingChange.RESUME)
    batch.audit(interaction.agent_id or HUB, "recording.resume", interaction, {})
    return True


def take_change(batch: Batch, recording: Recording, outbox_id: str, state: str, error: str) -> None:
    """The provider has confirmed a change or refused it, or nobody knows. A change that another one overtook while it
    was asked for is still a fact: it says where there is silence. It moves nothing, for the later one may undo it:
    paused, asked to go on and paused again within a second, the first confirmation is not that of the last pause.
    After a restart it is not known which request was the latest, and the state alone decides."""
    change = RecordingChange(outbox_id.split(".")[2])
    is_latest = batch.floor.latest_changes.get(recording.id, outbox_id) == outbox_id
    if change is RecordingChange.STOP:
        if state != "sent":
            recording.due_at = batch.now + LATE
            batch.writes.touch_recording(recording)
            _tell(batch, recording, "recording_stop_failed", reason=error or state)
        return
    is_pause = change is RecordingChange.PAUSE
    asked = RecordingState.PAUSING if is_pause else RecordingState.RESUMING
    if recording.state not in RUNNING:
        return
    if state == "sent":
        step = RecordingStep.PAUSED if is_pause else RecordingStep.RESUMED
        fact: FactKind = "recording_paused" if is_pause else "recording_resumed"
        if is_latest and recording.state is asked and not move_recording(recording, step, batch.now):
            return
        _tell(batch, recording, fact)
        _audit(batch, recording, "recording.pause_confirmed" if is_pause else "recording.resume_confirmed")
    elif is_latest and recording.state is asked:
        # a pause that nobody knows of is none, and a resumption that nobody knows of is one
        is_known = state == "failed"
        step = RecordingStep.PAUSE_FAILED
        if not is_pause:
            step = RecordingStep.RESUME_FAILED if is_known else RecordingStep.RESUMED
        if not move_recording(recording, step, batch.now):
            return
        recording.problem = "pause" if is_pause else "resume"
        recording.is_paused_by_script = recording.is_paused_by_script and not is_pause
        failed: FactKind = "recording_pause_failed" if is_pause else "recording_resume_failed"
        _tell(batch, recording, failed, reason=error or state)
        _audit(batch, recording, "recording.pause_failed" if is_pause else "recording.resume_failed", error or state)
    batch.writes.touch_recording(recording)


def find_step(interaction: OpenInteraction) -> Step | None:
    """The step of the script that the agent sees."""
    running = interaction.running
    return running.script.find_step(running.run.step_id) if running and running.run.step_id else None


def follow_script(batch: Batch, interaction: OpenInteraction) -> None:
    """The agent sees another step from here on. Pause where it asks for what no recording may hold, and go on after
    it. What the agent paused stays paused."""
    recording = interaction.live_recording
    if recording is None or recording.state not in RUNNING:
        return
    step = find_step(interaction)
    batch.add_fact(interaction, "recording_step", {"title": step.title if step is not None else ""})
    if step is not None and step.pauses_recording:
        if recording.state in (RecordingState.RECORDING, RecordingState.RESUMING):
            pause(batch, interaction, recording, by_script=True)
    elif recording.is_paused_by_script and recording.state in (RecordingState.PAUSED, RecordingState.PAUSING):
        resume(batch, interaction, recording)


def follow_queue(batch: Batch, interaction: OpenInteraction) -> None:
    """The call waits in another queue from here on, or goes on without an agent: end its recording where the policy
    records no such call."""
    recording = interaction.live_recording
    if recording is not None and not find_announced(batch, interaction):
        stop(batch, interaction, recording)


def stop(batch: Batch, interaction: OpenInteraction, recording: Recording) -> None:
    """End a recording whose call goes on."""
    if recording.provider_ref:
        _change(batch, interaction, recording, RecordingChange.STOP)
    recording.due_at = batch.now + LATE
    batch.writes.touch_recording(recording)


def expect_end(batch: Batch, interaction: OpenInteraction) -> None:
    """The call is over, so its recording is, or will be in a moment; so is that of an earlier call, which was given
    back. The report of that may be lost."""
    for recording in interaction.recordings.values():
        if recording.state in LIVE and recording.due_at is None:
            recording.due_at = batch.now + LATE
            batch.writes.touch_recording(recording)


def _change(batch: Batch, interaction: OpenInteraction, recording: Recording, change: RecordingChange) -> None:
    batch.writes.touch_recording(recording)
    name = batch.floor.latest_changes[recording.id] = name_request(recording, change.value)
    batch.request(interaction, ChangeRecording(name, recording.call_ref, recording.provider_ref, change))
    batch.tell_changed(interaction)


def _audit(batch: Batch, recording: Recording, action: OfWork, reason: str = "") -> None:
    interaction = batch.floor.interactions.get(recording.interaction_id)
    if interaction is not None:
        batch.audit(interaction.agent_id or HUB, action, interaction, {"reason": reason} if reason else {})


def _tell(batch: Batch, recording: Recording, fact: FactKind, reason: str = "") -> None:
    interaction = batch.floor.interactions.get(recording.interaction_id)
    if interaction is not None:
        author = batch.name_of(interaction.agent_id or "")
        batch.add_fact(interaction, fact, {"reason": reason} if reason else None, author=author)
        batch.tell_changed(interaction)

"""What a script does when its agent says so: send words, set a value, agree on a call, pause the recording.

The rule of this file: an action does what the agent could do by hand, and passes the same checks. What is refused
leaves a cross with its code, and changes nothing else; the agent may try once more.
"""

from typing import assert_never

import orjson

from agent_console.fact_kinds import FactKind
from agent_console.script_views import ScriptView
from hub.batch import call_recordings
from hub.batch.batch import Batch
from hub.batch.customer_changes import learn
from hub.call_lifecycle import CallState
from hub.commands.appointment_commands import make
from hub.commands.command_checks import CommandRefused
from hub.commands.replying import send_reply
from hub.commands.webhook_calls import ask_webhook
from hub.ids import new_id
from hub.open_work.floor import OpenInteraction
from hub.policies.activity_kinds import MARK
from hub.scripts import script_deeds
from hub.scripts.script_view import plain_text
from hub.storage.activities import NewActivity
from hub.storage.audit import Entry
from hub.storage.audit_words import Detail
from hub.storage.profiles import ValueChange
from hub.storage.tier_moves import TierOverride
from routing.model import DAY, SECOND, AgentId
from scripts_library.script_parts import ActionKind, StepAction

_HOUR = 3_600 * SECOND


def perform(batch: Batch, agent: AgentId, interaction: OpenInteraction, name: str) -> ScriptView:
    """Try the action of the shown step, note on the run what became of it, and return the step. What a webhook says
    is noted once it has come. Raises ScriptRefused if the step has no such action, or if it was done, tried twice or
    is under way."""
    action = script_deeds.find_action(batch.scripts, interaction, name)
    who = (batch.scripts, batch.writes, interaction, batch.reader(agent), name)
    code = ""
    try:
        if action.kind is ActionKind.WEBHOOK:
            request, fills = ask_webhook(batch, agent, interaction, action)
            return script_deeds.note_asked(*who, request, fills, batch.now)
        _do(batch, agent, interaction, action)
    except CommandRefused as refused:
        code = refused.answer.code
    data = {"label": action.label[:200], "code": code}
    fact: FactKind = "script_action_failed" if code else "script_action_done"
    batch.add_fact(interaction, fact, data, author=batch.name_of(agent))
    return script_deeds.note_deed(*who, code, batch.now)


def _do(batch: Batch, agent: AgentId, interaction: OpenInteraction, action: StepAction) -> None:
    """Raises CommandRefused, and has changed nothing then."""
    match action.kind:
        case ActionKind.TEXT:
            send_reply(batch, agent, interaction, plain_text(action.words))
        case ActionKind.MAIL:
            if not interaction.traits.is_mail:
                raise CommandRefused("wrong_channel")
            send_reply(batch, agent, interaction, plain_text(action.words), plain_text(action.subject))
        case ActionKind.MARK:
            mark = NewActivity(customer_id=interaction.customer_id, kind=MARK, label=action.value, at=batch.now)
            batch.writes.activities.append(mark)
        case ActionKind.TIER:
            _fix_tier(batch, agent, interaction, action)
        case ActionKind.ATTRIBUTE:
            _set_attribute(batch, agent, interaction, action)
        case ActionKind.DISPOSITION:
            _check_disposition(batch, interaction, action.value)
        case ActionKind.CALLBACK:
            due = batch.now + batch.book.wall_ahead + action.after_hours * _HOUR
            make(batch, agent, interaction, batch.book.write_local(due), action.label, is_mine=False)
        case ActionKind.START_RECORDING:
            _start_recording(batch, interaction)
        case ActionKind.PAUSE_RECORDING | ActionKind.RESUME_RECORDING:
            _change_recording(batch, interaction, is_pause=action.kind is ActionKind.PAUSE_RECORDING)
        case ActionKind.WEBHOOK:
            raise AssertionError("nothing is done before its answer has come")
        case _:
            assert_never(action.kind)


def _set_attribute(batch: Batch, agent: AgentId, interaction: OpenInteraction, action: StepAction) -> None:
    attribute = batch.book.attributes.get(action.attribute)
    value = attribute.parse_answer(action.value) if attribute is not None else None
    if attribute is None or value is None:
        raise CommandRefused("invalid", "value")
    if interaction.customer.profile.get(action.attribute) == value:
        return
    change = ValueChange(
        customer_id=interaction.customer.id,
        name=action.attribute,
        new=value,
        known=attribute.read(value),
        at=batch.now,
        changed_by="script",
        changer_id=agent,
        source=f"{interaction.script_id}/{action.name}",
        interaction_id=interaction.id,
    )
    learn(batch, interaction.customer, [change])


def _fix_tier(batch: Batch, agent: AgentId, interaction: OpenInteraction, action: StepAction) -> None:
    """A script only betters a tier, and leaves one that somebody has fixed as high. Rules have it move at once."""
    customer = interaction.customer
    orders = {tier.id: tier.order for tier in batch.book.document.tiers}
    if action.value not in orders:
        raise CommandRefused("invalid", "value")
    if orders[action.value] <= orders.get(customer.tier, -1):
        raise CommandRefused("tier_not_better")
    fixed = batch.lookups.fixed_tiers.get(customer.id)
    is_fixed = fixed is not None and (fixed.until_at is None or fixed.until_at > batch.now)
    if fixed is not None and is_fixed and orders.get(fixed.tier, -1) >= orders[action.value]:
        raise CommandRefused("tier_fixed")
    override = TierOverride(
        id=new_id("t"),
        customer_id=customer.id,
        tier=action.value,
        set_by=agent,
        why=action.why,
        set_at=batch.now,
        until_at=batch.now + action.days * DAY,
    )
    detail: Detail = {"from": customer.tier, "to": override.tier, "reason": override.why}
    batch.writes.tiers_fixed.append(override)
    batch.writes.audits.append(
        Entry(batch.now, agent, "tier.fix", override.id, customer.id, detail=orjson.dumps(detail).decode())
    )


def _start_recording(batch: Batch, interaction: OpenInteraction) -> None:
    """Where the queue records calls, its customer has heard so, and nothing is recorded: it failed before, or the
    customer has agreed only now."""
    policy = call_recordings.find_recording_policy(batch, interaction)
    if policy is None or not interaction.traits.is_call:
        raise CommandRefused("not_recorded")
    if interaction.live_recording is not None or interaction.call_state is not CallState.TALKING:
        raise CommandRefused("wrong_state")
    if interaction.announced != policy.announcement:
        raise CommandRefused("not_announced")
    call_recordings.begin(batch, interaction)


def _check_disposition(batch: Batch, interaction: OpenInteraction, code: str) -> None:
    """The wrap-up proposes it from here on; the agent may still choose another one."""
    known = (one for one in batch.book.document.dispositions if not one.queues or interaction.queue in one.queues)
    if code not in {one.code for one in known}:
        raise CommandRefused("invalid", "disposition")


def _change_recording(batch: Batch, interaction: OpenInteraction, *, is_pause: bool) -> None:
    recording = interaction.live_recording
    if recording is None:
        raise CommandRefused("not_recorded")
    if is_pause:
        is_asked = call_recordings.pause(batch, interaction, recording, by_script=False)
    else:
        is_asked = call_recordings.resume(batch, interaction, recording)
    if not is_asked:
        raise CommandRefused("wrong_state")

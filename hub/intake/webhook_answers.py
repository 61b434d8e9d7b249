"""What a webhook has answered: a tick and filled fields, or a cross and why.

The rule of this file: an answer goes to the run that asked, in its own interaction, or nowhere. It fills all that it
says, or nothing. The trail names an answer that came too late for its work.
"""

from agent_console.events import ScriptChanged
from agent_console.fact_kinds import FactKind
from channels.webhooks import asking
from hub.batch.batch import Batch
from hub.batch.learning import learn_answers
from hub.open_work.floor import OpenInteraction, Running
from hub.scripts.kept_answers import list_kept_answers
from hub.scripts.run_writes import change_run
from hub.scripts.script_deeds import find_waiting
from hub.storage.audit import Entry
from hub.storage.documents import SendResult
from routing.model import AgentId
from scripts_library import deeds
from scripts_library.script_parts import FieldType, Step, StepAction
from scripts_library.webhook_parts import Answered, BadWebhookAnswer, read_filled

HUB = "hub"  # stands in the audit trail for the hub itself
_SAID = frozenset(
    {asking.UNKNOWN, asking.FORBIDDEN, asking.UNREACHABLE, asking.NO_ANSWER, asking.REFUSED, asking.BAD_ANSWER}
)


def take_result(batch: Batch, result: SendResult) -> None:
    interaction = batch.floor.interactions.get(result.interaction_id)
    found = find_waiting(interaction, result.outbox_id) if interaction is not None else None
    if interaction is None or found is None:  # the work is closed, or its run began anew
        batch.writes.audits.append(Entry(batch.now, HUB, "webhook.drop_answer", result.interaction_id))
        return
    running, name = found
    action = deeds.get_action(running.script, name)
    code, answers = _read(batch, running, action, result)
    agent = AgentId(running.run.deeds[name].by)
    known = list_kept_answers(interaction)
    if code:
        run = deeds.give_up(running.run, name, code, batch.now)
    else:
        run = deeds.take_answers(running.run, running.script, name, answers, batch.now)
    change_run(batch.writes, interaction, Running(running.script, run))
    fact: FactKind = "script_action_failed" if code else "script_action_done"
    batch.add_fact(interaction, fact, {"label": action.label[:200], "code": code}, author=batch.name_of(agent))
    _tell(batch, interaction)
    learn_answers(batch, agent, interaction, known)


def _read(batch: Batch, running: Running, action: StepAction, result: SendResult) -> tuple[str, dict[str, str]]:
    """Why the action is not done, empty if it is, and the answers by field."""
    if result.state != "sent":
        return (result.error if result.error in _SAID else asking.NO_ANSWER), {}
    webhook = batch.book.document.all_webhooks.get(action.value)
    step = running.script.find_step(running.run.deeds[action.name].step_id)
    if webhook is None or step is None:
        return asking.UNKNOWN, {}
    answer = {one.name: Answered(str(one.kind), one.text) for one in result.answer}
    try:
        return "", _mask(batch, step, read_filled(webhook, step, answer))
    except BadWebhookAnswer:
        return asking.BAD_ANSWER, {}


def _mask(batch: Batch, step: Step, answers: dict[str, str]) -> dict[str, str]:
    """Whoever has the work later sees the answers too, so they hold nothing that is hidden from anybody."""
    nobody = batch.book.see_as(())
    texts = {field.name for field in step.fields if field.type is FieldType.TEXT}
    return {name: nobody.show_text(text) if name in texts else text for name, text in answers.items()}


def _tell(batch: Batch, interaction: OpenInteraction) -> None:
    if (script := batch.view_script(interaction)) is not None:
        batch.tell_holder(interaction, ScriptChanged(interaction_id=interaction.id, script=script))

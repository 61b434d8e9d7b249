"""A script asks another system by a webhook: what leaves, and what is noted of it.

The rule of this file: the policy says what leaves. The trail names what was sent, and never its values. The request
is stored with the decision; the answer comes as an arrival (`hub.intake.webhook_answers`).
"""

from collections.abc import Collection

import orjson

from channels.channel import CallWebhook
from channels.webhooks import asking
from hub.batch.batch import Batch
from hub.commands.command_checks import CommandRefused
from hub.ids import new_id
from hub.open_work.floor import OpenInteraction
from hub.scripts.script_deeds import list_sent
from routing.model import AgentId
from scripts_library.script_parts import StepAction


def ask_webhook(
    batch: Batch, agent: AgentId, interaction: OpenInteraction, action: StepAction
) -> tuple[str, Collection[str]]:
    """Ask, and return the request's id and the fields that its answer will fill. Raises CommandRefused: nothing
    left."""
    webhook = batch.book.document.webhooks.get(action.value)
    if webhook is None:
        raise CommandRefused(asking.UNKNOWN)
    values, unanswered = list_sent(batch.scripts, interaction, batch.reader(agent), webhook.sends)
    if unanswered:
        raise CommandRefused("webhook_needs_answer", unanswered[0])
    said = {
        "webhook": action.value,
        "interaction": interaction.id,
        "script": interaction.script_id,
        "action": action.name,
        "values": values,
    }
    wanted = tuple(dict.fromkeys(webhook.fills.values()))
    request = CallWebhook(new_id("x"), action.value, orjson.dumps(said).decode(), wanted)
    batch.request_for(interaction.id, asking.NAME, request)
    batch.audit(agent, "webhook.call", interaction, {"webhook": action.value, "sent": list(webhook.sends)})
    return request.outbox_id, webhook.fills

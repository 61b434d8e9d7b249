"""An agent calls somebody: the gate, the customer whose number it is, and the interaction that begins.

The rule of this file: everything is checked before anything is begun, and the router alone decides whether the agent
has room. Whatever is refused here is said on the desk.

A call out overtakes no customer unseen. An available agent has been offered whatever fits, and one who is reserved
for a customer may not call. Contact centres let agents call out beyond that, also while they are unavailable, because
much of it is promised work. So do we. The timeline says how many waited in the agent's queues and how long the first
of them had; the desk says it before the call.
"""

from agent_console.commands import CallOut
from channels.channel import IdentityLevel
from channels.registry import list_calls
from hub.batch.batch import Batch
from hub.batch.desk_views import view_address
from hub.batch.new_interaction import address_key, begin_interaction, forget, get_customer
from hub.batch.outgoing_calls import count_call, find_call_refusal, find_wishes
from hub.batch.performer import route_or_refuse
from hub.batch.telephone_legs import phone_of
from hub.batch.transcript import Data
from hub.call_lifecycle import GIVEN_BACK
from hub.scripts.script_runs import ScriptRefused
from hub.sending.may_call import Callee, PlannedCall
from routing.inputs import InteractionBegun
from routing.model import SECOND, AgentId, ChannelName, InteractionId, InteractionState, QueueId, TierId

WAITS = (InteractionState.WAITING, InteractionState.OFFERED)


class CallOutRefused(Exception):
    def __init__(self, code: str, field: str = "") -> None:
        super().__init__(code)
        self.code, self.field = code, field


def call_out(batch: Batch, agent: AgentId, command: CallOut) -> None:
    """Raises CallOutRefused and ScriptRefused."""
    channel = ChannelName(list_calls()[0])
    key = address_key(channel, command.to_address.strip())
    shown = command.from_address or next(iter(batch.rules.call_numbers), "")
    if shown not in batch.rules.call_numbers:
        raise CallOutRefused("invalid", "from_address")
    known = batch.lookups.customers.get(key)
    customer_id = known.id if known is not None else ""
    plans = (
        PlannedCall(Callee.CUSTOMER, channel, key[1], customer_id, agent, wishes=find_wishes(batch, customer_id)),
        PlannedCall(Callee.AGENT, channel, phone_of(batch, agent), customer_id),
    )
    for plan in plans:
        if refusal := find_call_refusal(batch, plan):
            raise CallOutRefused(refusal)
    if known is not None and batch.floor.find_open(known.id, channel) is not None:
        raise CallOutRefused("already_open")
    waiting = _find_waiting(batch, agent)
    level = str(IdentityLevel.CLAIMED)
    customer = get_customer(batch, key, name="", language="", level=level)
    batch.lookups.addresses.setdefault(customer.id, [view_address(*key, level)])
    interaction = begin_interaction(
        batch,
        customer,
        channel,
        key=key,
        our_address=shown,
        level=level,
        language="",
        subject=command.reason.strip(),
        direction="out",
    )
    data: Data = {
        "reason": command.reason.strip(),
        "waiting": len(waiting),
        "longest_seconds": round(max(waiting, default=0)),
    }
    batch.add_fact(interaction, "called_out", data, author=batch.name_of(agent))
    try:
        if command.script_id:
            batch.scripts.pick(batch.writes, interaction, batch.reader(agent), command.script_id, batch.now)
        begun = InteractionBegun(
            InteractionId(interaction.id),
            QueueId(interaction.queue),
            channel,
            TierId(interaction.tier),
            agent,
        )
        if code := route_or_refuse(batch, begun):
            raise CallOutRefused(code)
    except (CallOutRefused, ScriptRefused):
        forget(batch, interaction)
        raise
    count_call(batch, agent)


def _find_waiting(batch: Batch, agent: AgentId) -> list[float]:
    """How long those have waited, in seconds, who wait on a line or in a chat in this agent's queues."""
    row = batch.router.find_agent(agent)
    queues = row.profile.queues if row is not None else ()
    return [
        (batch.now - one.entered_at) / SECOND
        for one in batch.floor.interactions.values()
        if one.state in WAITS and one.queue in queues and one.call_state not in GIVEN_BACK
    ]

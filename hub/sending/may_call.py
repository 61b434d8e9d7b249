"""`may_call`: the one gate before the hub calls anybody.

The rule of this file: pure; what it refuses, the screen can explain. Every call that the hub places, to a customer,
to a third party or to an agent's own telephone, is asked for here in the batch that decides it. The outbox only
carries out what has passed. `hub.batch.outgoing_calls` asks with what the batch knows.
"""

from dataclasses import dataclass
from enum import StrEnum

from hub.open_work.recent_counts import HOUR, LastHour
from hub.sending.consents import SERVICE, Consents
from hub.sending.customer_wishes import NO_WISHES, CustomerWishes
from hub.sending.may_send import NOBODY, NOTHING_KNOWN, SOFTPHONE, SendRules
from hub.sending.quiet_hours import is_quiet
from hub.sending.refusals import Refusal
from hub.sending.spending import may_spend
from hub.sending.suppressions import Suppressions
from routing.model import ChannelName, Micros

ASKED_FOR = 2 * HOUR  # so long a person who asked to be called back may be called in quiet hours: they wait for it


class Callee(StrEnum):
    CUSTOMER = "customer"
    THIRD_PARTY = "third_party"  # anybody whom an agent takes into a call
    AGENT = "agent"  # a member of staff, on their own telephone or their softphone


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """A call that is about to be placed. `customer_id`: of the interaction that it belongs to; its cap counts the
    call. `agent_id`: the agent who asked for it, whose day counts it; empty if nobody did, as for a callback.
    `asked_at`: when the person asked to be called; None if they did not. `purpose`: of the consent that it needs.
    `wishes`: of the customer who is called."""

    callee: Callee
    channel: ChannelName
    address: str
    customer_id: str
    agent_id: str = ""
    asked_at: Micros | None = None
    purpose: str = SERVICE
    wishes: CustomerWishes = NO_WISHES


@dataclass(frozen=True, slots=True)
class CallCounts:
    """`last_hour`: what left on the call's channel. `by_agent`: the calls that its agent asked for on this day."""

    last_hour: LastHour
    by_agent: int = 0


def may_call(
    rules: SendRules,
    call: PlannedCall,
    suppressed: Suppressions,
    counts: CallCounts,
    now: Micros,
    wall_ahead: Micros,
    consents: Consents = NOTHING_KNOWN,
) -> Refusal | None:
    """None if the call may be placed, else why not. `suppressed` and `consents`: what is known of its address.

    STOP in a text forbids only texts: a suppression counts here if it is of the call's own channel.
    """
    limits = rules.limits_of(call.channel)
    if call.callee is Callee.AGENT:
        if not call.address:
            return Refusal.NO_PHONE
        if call.address.startswith(SOFTPHONE):
            return None
    else:
        if not call.address or call.address.startswith(NOBODY):
            return Refusal.NO_ADDRESS
        if refusal := _find_wish(rules, call, suppressed, now, wall_ahead, consents):
            return refusal
        most = rules.calls_per_agent
        if call.agent_id and most is not None and counts.by_agent >= most:
            return Refusal.AGENT_CAP_REACHED
    return may_spend(limits, counts.last_hour, call.address, call.customer_id, now)


def expected_until(call: PlannedCall) -> Micros:
    """Until when the person waits for this call, in hub time, so that no quiet hours hold it back. 0: they do not."""
    return 0 if call.asked_at is None else call.asked_at + ASKED_FOR


def _find_wish(
    rules: SendRules,
    call: PlannedCall,
    suppressed: Suppressions,
    now: Micros,
    wall_ahead: Micros,
    consents: Consents,
) -> Refusal | None:
    """What the person outside wishes: their consent to be called for this purpose, then the hours."""
    if (call.channel, call.address) in suppressed:
        return Refusal.CUSTOMER_SAID_STOP
    if call.wishes.is_left_alone and call.asked_at is None:
        return Refusal.LEFT_ALONE
    if refusal := consents.find_refusal(call.purpose, call.channel, call.address, now, call.asked_at):
        return refusal
    if now < expected_until(call):
        return None
    own, zone = call.wishes.quiet, call.wishes.zone
    if is_quiet(rules.quiet_hours, call.address, now + wall_ahead, own=own, zone=zone):
        return Refusal.QUIET_HOURS
    return None

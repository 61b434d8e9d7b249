"""Every call that the hub places: the gate is asked with what the batch knows, and the call is counted.

The rule of this file: whoever places a call asks `find_call_refusal` in the same batch, and counts it with
`count_call` if an agent asked for it. The suppressions of the address have been looked up before.
"""

from hub.batch.agent_day import get_today
from hub.batch.batch import Batch
from hub.open_work.floor import OpenInteraction
from hub.sending.customer_wishes import NO_WISHES, CustomerWishes, read_wishes
from hub.sending.may_call import CallCounts, Callee, PlannedCall, expected_until, may_call
from hub.sending.quiet_hours import list_loud
from hub.sending.refusals import Refusal
from routing.model import Micros, Period


def find_call_refusal(batch: Batch, call: PlannedCall) -> Refusal | None:
    """Ask the gate whether this call may be placed. None if it may."""
    today = batch.floor.today.get(call.agent_id)
    of_today = today.calls if today is not None and today.day == batch.book.day_of(batch.now) else 0
    counts = CallCounts(batch.floor.last_hour[call.channel], of_today)
    suppressed, ahead = batch.lookups.suppressed, batch.book.wall_ahead
    return may_call(batch.rules, call, suppressed, counts, batch.now, ahead, batch.consents)


def list_windows(batch: Batch, call: PlannedCall, from_at: Micros, until: Micros) -> tuple[Period, ...]:
    """When the gate lets this call pass, as far as the hours decide. The router places none at another time, so
    quiet hours use up no try. If there is no such time, the whole time: the gate then says why it refuses."""
    ahead = batch.book.wall_ahead
    expected = max(from_at, min(until, expected_until(call)))
    quiet = batch.rules.quiet_hours
    loud = [
        (begins - ahead, ends - ahead)
        for begins, ends in list_loud(
            quiet, call.address, expected + ahead, until + ahead, own=call.wishes.quiet, zone=call.wishes.zone
        )
    ]
    if expected > from_at:
        ends = loud.pop(0)[1] if loud and loud[0][0] == expected else expected
        loud.insert(0, (from_at, ends))
    return tuple(loud) or ((from_at, until),)


def plan_agent_call(interaction: OpenInteraction, address: str) -> PlannedCall:
    """The call to an agent's telephone for this interaction. It counts for the customer of the call."""
    return PlannedCall(Callee.AGENT, interaction.channel, address, interaction.customer.id)


def plan_callback(batch: Batch, interaction: OpenInteraction) -> PlannedCall:
    """The call to a customer who gave the line back."""
    return PlannedCall(
        Callee.CUSTOMER,
        interaction.channel,
        interaction.address,
        interaction.customer.id,
        asked_at=batch.now if interaction.given_back_at is None else interaction.given_back_at,
        wishes=read_wishes(interaction.customer.profile),
    )


def find_wishes(batch: Batch, customer_id: str) -> CustomerWishes:
    """What this customer wishes, as far as the batch knows them: they have open work, or were looked up."""
    of_work = (one.customer for one in batch.floor.list_open(customer_id))
    known = (one for one in (*of_work, *batch.lookups.customers.values()) if one.id == customer_id)
    customer = next(known, None)
    return read_wishes(customer.profile) if customer is not None else NO_WISHES


def count_call(batch: Batch, agent_id: str) -> None:
    """Count a call that this agent asked for. Calls to customers and third parties count, those to staff do not."""
    today = get_today(batch, agent_id)
    today.calls += 1
    batch.writes.agent_calls[agent_id] = today.day, today.calls

"""Texts and calls cost money: to which numbers and countries they may go, and how many within an hour.

The rule of this file: pure; `hub.open_work.recent_counts` counts what was sent. An agent's softphone
(`client:`) costs nothing, so nobody asks here about it.
"""

from dataclasses import dataclass

from channels.channel import CallAgent, CallCustomer, ConnectParty, ReachAgent, Request, TextOut
from channels.registry import traits_of
from hub.open_work.recent_counts import LastHour
from hub.sending.refusals import Refusal
from hub.sending.telephone_numbers import find_ban, find_country, normal_number
from routing.model import ChannelName, Micros


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one channel; None means no limit. `countries`: codes of ISO 3166. `most`, `most_per_customer`: counts
    within an hour. `ours`: our own numbers, which may not be reached, since they would only answer themselves."""

    countries: frozenset[str] | None = None
    ours: frozenset[str] = frozenset()
    most: int | None = None
    most_per_customer: int | None = None


def costs(channel: ChannelName, request: Request) -> bool:
    match request:
        case TextOut():
            return traits_of(channel).texts_cost_money
        case CallAgent() | CallCustomer():
            return True
        case ConnectParty():
            return request.to_address.startswith("+")
        case ReachAgent():
            return request.agent_address.startswith("+")  # a softphone costs nothing
        case _:
            return False


def may_spend(limits: Limits, last_hour: LastHour, address: str, customer_id: str, now: Micros) -> Refusal | None:
    """None if this text or call may be made, else why not. `last_hour`: what left on this channel. `customer_id`:
    whose cap counts it. A call to an agent's telephone counts for the customer of the call."""
    if refusal := may_reach(limits, address):
        return refusal
    if limits.most_per_customer is not None and last_hour.count_to(customer_id, now) >= limits.most_per_customer:
        return Refusal.CUSTOMER_CAP_REACHED
    if limits.most is not None and last_hour.count(now) >= limits.most:
        return Refusal.CAP_REACHED
    return None


def may_reach(limits: Limits, address: str) -> Refusal | None:
    """None if this number may be reached at all, else why not."""
    if refusal := find_ban(address):
        return refusal
    if normal_number(address) in limits.ours:
        return Refusal.OWN_NUMBER
    if limits.countries is not None and find_country(address) not in limits.countries:
        return Refusal.REGION_NOT_ALLOWED
    return None

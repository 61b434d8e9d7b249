"""Texts and calls cost money: to which numbers and countries they may go, and how many within an hour.

The rule of this file: pure; `hub.open_work.recent_counts` counts what was sent. Each refusal has a code that the
screen explains. An agent's softphone (`client:`) costs nothing, so nobody asks here about it.
"""

from dataclasses import dataclass

from channels.channel import CallAgent, CallCustomer, Request, TextOut
from channels.registry import traits_of
from hub.open_work.recent_counts import LastHour
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
        case _:
            return False


def may_spend(limits: Limits, left: LastHour, address: str, customer_id: str, now: Micros) -> str:
    """Empty: it may. Else why not: what `may_reach` says, customer_cap_reached, cap_reached."""
    if obstacle := may_reach(limits, address):
        return obstacle
    if limits.most_per_customer is not None and left.count_to(customer_id, now) >= limits.most_per_customer:
        return "customer_cap_reached"
    if limits.most is not None and left.count(now) >= limits.most:
        return "cap_reached"
    return ""


def may_reach(limits: Limits, address: str) -> str:
    """Empty: this number may be reached at all. Else why not: no_number, emergency_number, costly_number, own_number,
    region_not_allowed."""
    if ban := find_ban(address):
        return ban
    if normal_number(address) in limits.ours:
        return "own_number"
    if limits.countries is not None and find_country(address) not in limits.countries:
        return "region_not_allowed"
    return ""

"""Agents' telephones: where an agent's leg is called, and what the router is told of an agent without a telephone.

The rule of this file: pure. Staff rows hold the chosen telephone (`profile.phone`). The rules decide at each call
whether it may be called, since config.toml may allow other countries tomorrow.

An agent has a number of their own, or a softphone: their browser, where the settings let it be one and the agent's
desk has not said that it cannot. An agent with neither takes no calls: for them a call costs more points than their
whole capacity, so the router offers it only to others.
"""

from collections.abc import Iterable
from dataclasses import replace

from channels.registry import list_calls
from hub.open_work.floor import StaffMember
from hub.sending.may_send import SOFTPHONE, SendRules
from hub.sending.spending import may_reach
from routing.model import FULL_CAPACITY, AgentProfile, AgentRow, ChannelName, Micros, QueueId


def find_phone(rules: SendRules, member: StaffMember) -> str:
    """Where the agent's leg is called: their number in E.164, `client:` and their id, or empty."""
    if has_own_number(member):
        return member.phone
    return f"{SOFTPHONE}{member.id}" if rules.has_softphones and not member.is_softphone_unusable else ""


def has_own_number(member: StaffMember) -> bool:
    """Whether this agent talks on a telephone of their own, and not in their browser."""
    return member.phone != "" and not member.phone.startswith(SOFTPHONE)


def name_connection(interaction_id: str, accepted_at: Micros | None) -> str:
    """The outbox id of the request that calls the leg of the agent who accepted the interaction at that instant."""
    return f"{interaction_id}.{accepted_at}"


def can_answer(rules: SendRules, member: StaffMember) -> bool:
    """Whether calls may be offered to this agent at all."""
    phone = find_phone(rules, member)
    return phone.startswith(SOFTPHONE) or (bool(phone) and not may_reach(rules.calls, phone))


def routing_profile(rules: SendRules, member: StaffMember) -> AgentProfile | None:
    """What the router is told of a member of staff. None if they are no agent."""
    profile = member.profile
    if profile is None or can_answer(rules, member):
        return profile
    never = {ChannelName(channel): FULL_CAPACITY + 1 for channel in list_calls()}
    return replace(profile, points=tuple(sorted((dict(profile.points) | never).items())))


def takes_calls(row: AgentRow) -> bool:
    """Whether the router may offer calls to this agent."""
    return _takes_calls(row.profile)


def _takes_calls(profile: AgentProfile) -> bool:
    points = dict(profile.points)
    return any(points.get(ChannelName(channel), 0) <= FULL_CAPACITY for channel in list_calls())


def find_unanswered(queues: Iterable[QueueId], profiles: Iterable[AgentProfile]) -> list[QueueId]:
    """Those of these call queues in which no agent has a telephone to answer with."""
    answered = {queue for profile in profiles if _takes_calls(profile) for queue in profile.queues}
    return [queue for queue in queues if queue not in answered]

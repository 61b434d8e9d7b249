"""The variables that scripts read of an interaction: those of its customer, its agent and the organisation.

The rule of this file: pure, and the same for the desk and for a preview.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agent_console.private_data import Private
from hub.policies.attributes import AttributePolicy, read_variables
from hub.policies.masking import HIDDEN, Sight
from hub.scripts.script_subjects import read_holdings
from scripts_library.variables import ACCOUNTS, PURPOSE, SEGMENT, Variables


@dataclass(frozen=True, slots=True)
class CustomerFacts:
    """What is known of a customer. `profile`: as it is stored. `memberships`: by live segment, of those
    counted. `holds`: (product, number), the latest first."""

    name: str = ""
    tier: str = ""
    language: str = ""
    profile: Mapping[str, Any] = field(default_factory=dict)
    memberships: Mapping[str, bool] = field(default_factory=dict)
    holds: Sequence[tuple[str, str]] = ()


def gather_variables(
    facts: CustomerFacts,
    attributes: Mapping[str, AttributePolicy],
    agent_name: str,
    channel: str,
    queue: str,
    organisation: str,
    purpose: str = "",
) -> Variables:
    """`purpose`: what the caller chose in a menu; empty: it is not known."""
    return {
        **({PURPOSE: purpose} if purpose else {}),
        **read_variables(facts.profile, attributes),
        **read_holdings(facts.holds, attributes),
        **{SEGMENT + one: is_in for one, is_in in facts.memberships.items()},
        "customer.name": facts.name,
        "customer.tier": facts.tier,
        "customer.language": facts.language,
        "agent.name": agent_name,
        "interaction.channel": channel,
        "interaction.queue": queue,
        "organisation.name": organisation,
    }


def hide_variables(variables: Variables, sight: Sight) -> Variables:
    """The variables as the words of a script show them to somebody with this sight."""
    held = read_holdings((), sight.attributes)
    if ACCOUNTS in held and sight.hides_kind(Private.ACCOUNTS):
        variables = {name: value for name, value in variables.items() if name != ACCOUNTS}
    return {
        name: HIDDEN if name not in held and sight.hides_variable(name) else value
        for name, value in variables.items()
    }

"""The facts of an interaction that decide which script it gets.

The rule of this file: a fact that the hub does not know is left empty, and no script that names it applies.
"""

from collections.abc import Collection, Sequence
from typing import Final
from zoneinfo import ZoneInfo

from hub.open_work.floor import OpenInteraction
from hub.policies.customer_rules import STAGE
from hub.policies.document import PolicyDocument
from routing.hours import is_open
from routing.model import Micros
from scripts_library.selection import Subject
from scripts_library.variables import ACCOUNTS, CUSTOMER, HOLDINGS, OF_ACCOUNTS, Variables, VariableValue

CALLBACK: Final = "callback"
DIRECTIONS = {"in": "inbound", "out": "outbound"}


def find_purpose(interaction: OpenInteraction) -> str:
    """Why we call the customer: their line was given back, or the call was agreed for this time. Where we do not,
    what they chose in the menu. Empty: nothing that has a purpose."""
    return interaction.purpose if interaction.given_back_at is None else CALLBACK


def read_holdings(holds: Sequence[tuple[str, str]], declared: Collection[str]) -> dict[str, VariableValue]:
    """What the customer holds, (product, number), as lists. Where the policy declares an attribute of that name, the
    attribute counts. `declared`: the names of all."""
    accounts = [(product, number) for product, number in holds if number]
    found: dict[str, VariableValue] = {}
    if HOLDINGS.removeprefix(CUSTOMER) not in declared:
        found[HOLDINGS] = tuple(dict.fromkeys(product for product, _ in holds))
    if ACCOUNTS.removeprefix(CUSTOMER) not in declared:
        found[ACCOUNTS] = tuple(number for _, number in accounts)
        found[OF_ACCOUNTS] = tuple(product for product, _ in accounts)
    return found


class SubjectFacts:
    """What the policy says beside the interaction."""

    def __init__(self, policy: PolicyDocument) -> None:
        self.zone = ZoneInfo(policy.time_zone)
        calendars = {one.id: one.build(policy.time_zone) for one in policy.hours}
        self._hours = {queue.id: calendars.get(queue.hours) for queue in policy.queues}

    def build(
        self,
        interaction: OpenInteraction,
        language: str,
        variables: Variables,
        skills: frozenset[str],
        at: Micros,
    ) -> Subject:
        """`variables`: as conditions may name them. `skills`: of the agent. `at`: an instant by the wall clock."""
        segments = variables.get("customer.segments", ())
        return Subject(
            channel=str(interaction.channel),
            queue=interaction.queue,
            tier=interaction.tier,
            language=language,
            segments=frozenset(segments) if isinstance(segments, tuple) else frozenset(),
            variables=variables,
            at=at,
            zone=self.zone,
            direction=DIRECTIONS.get(interaction.direction, ""),
            number=interaction.our_address,
            stage=str(variables.get(STAGE, "")),
            purpose=find_purpose(interaction),
            hours=self._say_hours(interaction.queue, at),
            skills=skills,
        )

    def _say_hours(self, queue: str, at: Micros) -> str:
        """Whether the queue is open. A queue without hours always is."""
        if queue not in self._hours:
            return ""
        hours = self._hours[queue]
        return "open" if hours is None or is_open(hours, at) else "closed"

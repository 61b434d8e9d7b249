"""The demo's people: the sample staff and sample customers of `config.toml`.

The rule of this file: all of them are invented, and only the demo reads them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

from channels.wording import written
from hub.policies.agent_requirements import Level
from hub.policies.document import PolicyDocument
from hub.policies.names import Id, LanguageTag
from hub.settings.secret import Secret
from hub.toml_files.problems import Section, find_repeated, say_unknown
from hub.toml_files.toml_lines import Key

Role = Literal["agent", "supervisor", "author", "administrator"]
PersonName = Annotated[str, Field(min_length=1, max_length=120)]
PhoneNumber = Annotated[
    str,
    written(
        r"\+[1-9][0-9]{6,14}", "a telephone number with + and its country code, without spaces, such as +46701234567"
    ),
]
Mailbox = Annotated[
    str, written(r"[^\s@A-Z]+@[^\s@A-Z]+", "a mail address in small letters, such as service@example.org")
]

Day = Annotated[str, written(r"([0-9]{4}-[0-9]{2}-[0-9]{2})?", "a day such as 2026-11-29, or nothing")]


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleStaff(Section):
    id: Id  # also the name at the sign-in
    name: PersonName
    roles: Annotated[tuple[Role, ...], Field(min_length=1)]
    language: LanguageTag  # of the screens
    queues: tuple[Id, ...] = ()
    skills: Mapping[Id, Level] = field(default_factory=dict)
    languages: tuple[LanguageTag, ...] = ()  # spoken with customers
    teams: tuple[Id, ...] = ()
    phone: PhoneNumber | Literal[""] = ""  # an agent's own; empty: none


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleHolding(Section):
    product: Annotated[str, Field(min_length=1, max_length=120)]
    number: Annotated[str, Field(max_length=64)] = ""
    began_on: Day = ""
    ended_on: Day = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRelation(Section):
    """`customer` works for `other`, was referred by them, or lives in one household with them."""

    customer: Id
    kind: Literal["household", "referred_by", "works_for"]
    other: Id


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleCustomer(Section):
    id: Id
    name: PersonName
    tier: Id
    language: LanguageTag
    phone: PhoneNumber
    email: Mailbox
    city: str
    since_year: Annotated[int, Field(ge=1900, le=2100)]
    stage: Literal["prospect", "new", "established", "at_risk", "lapsed"]
    value_past: float  # in the policy's currency, over the whole relation
    value_now: float  # in the last twelve months
    value_potential: float
    products: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    prefers: tuple[str, ...] = ()
    early_sign: str = ""
    note: str = ""
    holdings: tuple[SampleHolding, ...] = ()
    attributes: Mapping[str, bool | int | float | str | tuple[str, ...]] = field(default_factory=dict)  # others


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo(Section):
    staff_password: Secret
    staff: Annotated[tuple[SampleStaff, ...], Field(min_length=1)]
    customers: Annotated[tuple[SampleCustomer, ...], Field(min_length=1)]
    relations: tuple[SampleRelation, ...] = ()
    sample_customers: Annotated[int, Field(ge=0, le=100_000)] = 0  # of the sample base, beside those


def check_demo(demo: Demo, policy: PolicyDocument) -> Iterator[tuple[Key, str]]:
    """The problems of the demo: it contradicts the policy or itself."""
    queues = {queue.id for queue in policy.queues}
    tiers = {tier.id for tier in policy.tiers}
    for n, person in enumerate(demo.staff):
        for m, queue in enumerate(person.queues):
            if queue not in queues:
                yield ("staff", n, "queues", m), say_unknown("a queue", sorted(queues))
    for n, customer in enumerate(demo.customers):
        if customer.tier not in tiers:
            yield ("customers", n, "tier"), say_unknown("a tier", sorted(tiers))
        for name, value in customer.attributes.items():
            attribute = policy.all_attributes.get(name)
            if attribute is None:
                yield ("customers", n, "attributes", name), say_unknown("an attribute", policy.all_attributes)
            elif attribute.read(list(value) if isinstance(value, tuple) else value) is None:
                yield (
                    ("customers", n, "attributes", name),
                    f"does not fit its type, {attribute.type}: correct the value",
                )
    ids = {customer.id for customer in demo.customers}
    for n, relation in enumerate(demo.relations):
        for side in ("customer", "other"):
            if getattr(relation, side) not in ids:
                yield ("relations", n, side), say_unknown("a customer", sorted(ids))
    yield from find_repeated("staff", "id", [person.id for person in demo.staff])
    for name in ("id", "phone", "email"):
        yield from find_repeated("customers", name, [getattr(customer, name) for customer in demo.customers])

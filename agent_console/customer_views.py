"""The wire types of the page of one customer: what is known of them, and how it is changed.

The rule of this file: as in `views.py`. A value of an attribute is JSON as the profile has it; the screen makes words
of it by the attribute's type.
"""

from typing import Annotated, Literal

from pydantic import Field

from agent_console.private_data import Account, NamedBy, OfAttribute, Words
from agent_console.views import AddressView, AttributeView, ChannelView, DispositionView, Names, TierView
from agent_console.wire_model import Wire
from routing.model import ChannelName

Value = str | bool | float | int | list[str] | None
Name = Annotated[str, Field(min_length=1, max_length=64)]
Reason = Annotated[str, Field(max_length=300)]
Day = Annotated[str, Field(pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$")]
RelationKind = Literal["household", "referred_by", "works_for"]


class CustomerField(Wire):
    """One thing that is known of a customer. `is_masked`: there may be a value, and this person's roles may not see
    it. `may_show`: a reason shows it to them."""

    attribute: AttributeView
    value: Value = None
    is_masked: bool = False
    may_show: bool = True


class HoldingView(Wire):
    """An account or product. Days as 2026-11-29; `ended_on` empty: it is held."""

    id: str
    product: str
    number: Account
    began_on: str
    ended_on: str


class RelationView(Wire):
    """`is_from`: the customer works for the other, or was referred by them; else the other way round."""

    id: str
    kind: RelationKind
    is_from: bool
    customer_id: str
    name: str
    tier: str


class OpenWorkView(Wire):
    """Work of the customer that is open at this moment. `agent_name`: who has it; empty while it waits."""

    id: str
    channel: ChannelName
    queue: str
    state: str
    subject: Words
    since: int
    agent_name: str
    is_mine: bool


class MembershipView(Wire):
    """A live segment in which the customer stands. `since`: when they entered; null: they were there when it began.
    `clause`: of its rule, that turned then."""

    segment_id: str
    names: Names
    since: int | None
    clause: str


class GivenProposalView(Wire):
    """What a script has proposed to the customer. `reply` empty: they said nothing. `at`: of the reply, else of the
    proposal. `until`: the day on which they want to hear of it again."""

    interaction_id: str
    proposal: str
    title: str
    at: int
    reply: Literal["", "accepted", "declined", "later"]
    until: str
    agent_name: str


class CodeName(Wire):
    code: str
    names: Names


class CustomerPage(Wire):
    """GET /api/customers/{id}, and POST /api/customers/{id}/open with a ReasonRequest. `is_open`: this person may
    read more than name, tier and owner; else the lists are empty, and a stated reason opens them. `version`: the
    newest change that it shows, for ChangeRequest. `mark`: as CustomerMark."""

    id: str
    version: int
    mark: str
    name: str
    tier: str
    owner_name: Annotated[str, OfAttribute("owner")] = ""
    is_open: bool
    fields: list[CustomerField] = []
    hidden: list[str] = []  # addresses, accounts, texts: as far as they are hidden from this person's role
    addresses: list[AddressView] = []
    holdings: list[HoldingView] = []
    relations: list[RelationView] = []
    open_work: list[OpenWorkView] = []
    said: int = 0  # another one: the conversation has a newer message or fact
    maybes: int = 0  # how many may be the same person
    merged: int = 0  # how many were merged into this one
    memberships: list[MembershipView] = []
    proposals: list[GivenProposalView] = []  # the newest first
    queues: list[CodeName] = []
    dispositions: list[DispositionView] = []
    tiers: list[TierView] = []
    channels: list[ChannelView] = []
    staff: list[CodeName] = []  # who may be their agent
    currency: str = ""
    wall_ahead: int = 0


class CustomerMark(Wire):
    """GET /api/customers/{id}/mark?known=: another text whenever something of the page may have changed. It tells
    nothing else. With `known`, the answer waits until the mark is another one, or for half a minute. 429 {"code":
    "too_many_pages"}: this person has so many open that no other one waits."""

    mark: str


class ReasonRequest(Wire):
    reason: Annotated[str, Field(min_length=3, max_length=300)]


class ValueRequest(Wire):
    name: Name
    value: Value = None


class ChangeRequest(Wire):
    """POST /api/customers/{id}/changes -> CustomerPage. `version`: of the page that the person saw. `reason`: with
    which they opened it. `source`: the screen. 409 {"code": "stale", "changes": list[PastValueView]}: somebody else
    has changed one of these since. 400 {"code": one of hub.policies.attribute_values, "field": the name}."""

    version: int
    source: Literal["page", "card"] = "page"
    reason: Reason = ""
    changes: Annotated[list[ValueRequest], Field(min_length=1, max_length=50)]


class HoldingRequest(Wire):
    """POST /api/customers/{id}/holdings -> CustomerPage. `id`: empty for a new one. `version`: of the page that the
    person saw. 409 as of ChangeRequest: somebody else has changed this one since."""

    version: int = 0
    id: Annotated[str, Field(max_length=64)] = ""
    product: Annotated[str, Field(min_length=1, max_length=120)]
    number: Annotated[str, Field(max_length=64)] = ""
    began_on: Day = ""
    ended_on: Day = ""
    reason: Reason = ""


class RelationRequest(Wire):
    """POST /api/customers/{id}/relations -> CustomerPage. `remove`: the id of one that ends; else a new one."""

    remove: Annotated[str, Field(max_length=64)] = ""
    kind: RelationKind = "household"
    other_id: Annotated[str, Field(max_length=64)] = ""
    is_from: bool = True
    reason: Reason = ""


class PastValueView(Wire):
    """One change. `by`: who, in words, or the program's name; `by_kind`: of what sort they are."""

    name: str
    old: Annotated[Value | dict[str, Value], NamedBy("name")] = None
    new: Annotated[Value | dict[str, Value], NamedBy("name")] = None
    at: int
    by_kind: Literal["agent", "script", "import", "rule", "api", "merge"]
    by: str
    source: str


class StaleView(Wire):
    """What somebody else has changed since."""

    code: Literal["stale"] = "stale"
    changes: list[PastValueView]


class HistoryView(Wire):
    """GET /api/customers/{id}/history?name=: the changes of one value, or of all, the newest first."""

    changes: list[PastValueView]


class ShowRequest(Wire):
    """POST /api/customers/{id}/show -> ShownView: somebody asks to see what is hidden from their role. `name`: of an
    attribute, or `addresses`, `accounts` or `texts`."""

    name: Name
    reason: Annotated[str, Field(min_length=3, max_length=300)]


class ShownView(Wire):
    """What was hidden is shown to this person until then: in `page`, in the history and in the conversation of this
    customer. 404: nothing is hidden by that name."""

    name: str
    until: int
    page: CustomerPage

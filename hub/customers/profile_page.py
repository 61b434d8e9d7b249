"""What is known of one customer, as their page shows it to one person.

The rule of this file: it decides nothing about who may read. `is_open` says that they may read more than the head;
then only what `sight` hides is masked.
"""

from collections.abc import Mapping
from dataclasses import asdict
from hashlib import sha256
from typing import Any, Final

import orjson

from agent_console.customer_views import (
    CodeName,
    CustomerField,
    CustomerPage,
    GivenProposalView,
    HoldingView,
    OpenWorkView,
    RelationView,
)
from hub.clock import to_millis
from hub.customers.match_answers import list_matches
from hub.policies.attributes import COLUMNS, AttributePolicy
from hub.policies.in_force import PolicyBook, view_attribute
from hub.policies.masking import SHOWN_KINDS, Sight
from hub.segments.memberships import list_memberships
from hub.storage import customers, given_proposals, interactions, profiles, relations, segment_members, transcripts
from hub.storage import staff as stored_staff
from hub.storage.connection import Connection
from hub.storage.customers import StoredCustomer
from hub.storage.given_proposals import CustomersProposal
from hub.storage.interactions import StoredInteraction

OWNER: Final = "owner"
MOST_PROPOSALS: Final = 20
MOST_SHOWN: Final = 500  # accounts, relations or open work of one customer: a page has an end


def list_attributes(book: PolicyBook) -> Mapping[str, AttributePolicy]:
    """Everything of a customer that is changed value by value."""
    return {**COLUMNS, **book.attributes}


async def read_page(
    conn: Connection, book: PolicyBook, customer_id: str, reader_id: str, sight: Sight, *, is_open: bool
) -> CustomerPage | None:
    """None if there is no such customer. Of one who was merged, the page of the one who stands for them."""
    customer = (await customers.find(conn, [customer_id])).get(customer_id)
    if customer is None:
        return None
    profile, ids = orjson.loads(customer.profile), customer.ids
    people = {one.id: one.name for one in await stored_staff.list_at_work(conn)}
    head: dict[str, Any] = {
        "id": customer.id,
        "version": await profiles.find_newest_change(conn, customer.id),
        "name": customer.name,
        "tier": customer.tier,
        "tiers": book.view.tiers,
        "channels": book.view.channels,
        "owner_name": people.get(profile.get(OWNER, ""), ""),
        "is_open": is_open,
        "mark": await read_mark(conn, customer.id),
    }
    if not is_open:
        return CustomerPage(**head)
    return CustomerPage(
        **head,
        fields=_list_fields(book, customer, profile, sight),
        hidden=[str(kind) for kind in SHOWN_KINDS if sight.hides_kind(kind)],
        holdings=[
            HoldingView(**{name: value for name, value in asdict(one).items() if name != "customer_id"})
            for each in ids
            for one in await relations.list_holdings(conn, each)
        ][:MOST_SHOWN],
        relations=[
            RelationView(
                id=one.id,
                kind=one.kind,
                is_from=one.is_from,
                customer_id=one.other_id,
                name=one.other_name,
                tier=one.other_tier,
            )
            for each in ids
            for one in await relations.list_relations(conn, each)
            if one.other_id not in ids
        ][:MOST_SHOWN],
        open_work=[
            _view_work(one, people, reader_id) for each in ids for one in await interactions.list_open_of(conn, each)
        ][:MOST_SHOWN],
        said=max([await transcripts.find_latest(conn, each) for each in ids]),
        maybes=len(await list_matches(conn, customer)),
        merged=len(ids) - 1,
        memberships=await list_memberships(conn, book, customer.id, sight),
        proposals=[_view_proposal(one) for one in await given_proposals.list_of_customer(conn, ids, MOST_PROPOSALS)],
        queues=[CodeName(code=one.id, names=dict(one.names)) for one in book.document.queues],
        dispositions=book.view.dispositions,
        staff=[CodeName(code=key, names={"en": people[key]}) for key in sorted(people, key=people.__getitem__)],
        currency=book.document.currency,
        wall_ahead=book.wall_ahead // 1000,
    )


async def read_mark(conn: Connection, customer_id: str) -> str:
    """Another text whenever something of the page may have changed; empty if there is no such customer. It tells
    nothing of the customer."""
    found = (await customers.find(conn, [customer_id])).get(customer_id)
    if found is None:
        return ""
    ids = found.ids
    work = [(one.id, one.version) for each in ids for one in await interactions.list_open_of(conn, each)]
    said = [await transcripts.find_latest(conn, each) for each in ids]
    bits = await segment_members.find_bits(conn, [found.id])
    maybes = [each.customer.id for each in await list_matches(conn, found)]
    newest = await profiles.find_newest_change(conn, found.id)
    parts = (found.version, found.tier, ids, newest, work, said, bits, maybes)
    return sha256(repr(parts).encode()).hexdigest()[:16]


def _list_fields(
    book: PolicyBook, customer: StoredCustomer, profile: Mapping[str, Any], sight: Sight
) -> list[CustomerField]:
    known = {**profile, **{name: getattr(customer, name) or None for name in COLUMNS}}
    fields = []
    for name, attribute in list_attributes(book).items():
        value, is_masked = known.get(name), sight.hides(name)
        is_known = not is_masked and value is not None and attribute.read(value) is not None
        view = view_attribute(name, attribute)
        shown = value if is_known else None
        may_show = sight.may_show(name)
        fields.append(CustomerField(attribute=view, value=shown, is_masked=is_masked, may_show=may_show))
    return fields


def _view_proposal(one: CustomersProposal) -> GivenProposalView:
    at = one.replied_at or one.offered_at
    told = {"interaction_id": one.interaction_id, "proposal": one.proposal, "title": one.title, "until": one.until}
    return GivenProposalView.model_validate(
        {**told, "at": to_millis(at), "reply": one.reply, "agent_name": one.agent_name}
    )


def _view_work(one: StoredInteraction, people: Mapping[str, str], reader_id: str) -> OpenWorkView:
    holder = one.agent_id if one.agent_id is not None and one.accepted_at is not None else ""
    return OpenWorkView.model_validate(
        {
            "id": one.id,
            "channel": one.channel,
            "queue": one.queue,
            "state": one.state,
            "subject": one.subject,
            "since": to_millis(one.entered_at),
            "agent_name": people.get(holder, ""),
            "is_mine": holder == reader_id,
        }
    )

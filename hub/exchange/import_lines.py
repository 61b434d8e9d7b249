"""The lines of an import: whose each is, and what it changes.

The rule of this file: everything happens in the transaction that is given. What a line would do is found anew when it
is applied, since people and other channels go on meanwhile. A line for a customer who was merged changes the one who
stands for them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

import orjson

from hub.exchange import told_consents
from hub.exchange.column_mapping import CUSTOMER, LANGUAGE, NAME
from hub.exchange.consent_intake import ToldConsent, take_consents
from hub.ids import new_id
from hub.policies.document import PolicyDocument
from hub.storage import activities, customers, imports
from hub.storage.changed_customers import announce_changes
from hub.storage.connection import Connection
from hub.storage.customers import AddressOwner, KnownAddress, StoredCustomer
from hub.storage.import_ready import ReadyCustomer
from hub.storage.imports import ImportLine
from hub.storage.profiles import ValueChange, change_profiles
from hub.storage.search_index import index_customers, index_fresh

ADDED: Final = "add"
SAME: Final = "same"
REFUSED: Final = "refuse"
UNKNOWN: Final = "unknown_customer"


@dataclass(frozen=True, slots=True)
class Known:
    """The policy in force, and the time."""

    document: PolicyDocument
    now: int


@dataclass(frozen=True, slots=True)
class Source:
    """Who changes customers, as their history says it: an import by its id and its file, a program by its token."""

    changed_by: Literal["import", "api"]
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """`customer`: whose line it is; None: somebody's who is to be added. `changes`: old and new, by name."""

    line: ImportLine
    customer: StoredCustomer | None
    addresses: list[list[str]]  # those to be added
    changes: dict[str, tuple[Any, Any]]
    problem: str = ""
    told: Sequence[ToldConsent] = ()
    consents: Mapping[str, tuple[bool | None, bool]] = field(default_factory=dict)  # old and new
    has_happened: bool = False  # it tells of an activity that is news

    @property
    def outcome(self) -> str:
        if self.problem:
            return REFUSED
        if self.customer is None:
            return ADDED
        return "change" if self.addresses or self.changes or self.told or self.has_happened else SAME

    def stage(self, id_column: str = "") -> ImportLine:
        """`id_column`: the column with customer ids, which a line of an unknown customer is refused for."""
        column = id_column if self.problem == UNKNOWN else ""
        said = {"problem": self.problem, "column": column} if self.problem else orjson.loads(self.line.body)
        if self.customer is not None:
            said["changes"] = {**self.changes, **self.consents}
        body = orjson.dumps(said).decode()
        return ImportLine(self.line.line, self.outcome, self.customer.id if self.customer else "", body)


async def plan_lines(conn: Connection, lines: Sequence[ImportLine], known: Known) -> list[PlannedLine]:
    bodies = [orjson.loads(line.body) for line in lines]
    owners = await customers.find_owners(conn, {key for body in bodies for key in _list_keys(body)})
    named = {body["facts"][CUSTOMER] for body in bodies if CUSTOMER in body["facts"]}
    by_id = await customers.find(conn, named)
    standings = await told_consents.find_standings(conn, bodies)
    happened = [one for body in bodies if (one := body.get("activity")) is not None]
    stored = await activities.list_known(conn, [one["reference"] for one in happened])
    planned = []
    for line, body in zip(lines, bodies, strict=True):
        told, consents = told_consents.list_told(body, standings, known.document, known.now)
        activity = body.get("activity")
        is_news = activity is not None and (activity["kind"], activity["reference"]) not in stored
        plan = _plan(line, body, owners, by_id)
        planned.append(replace(plan, told=told, consents=consents, has_happened=is_news))
    return planned


def _plan(
    line: ImportLine,
    body: dict[str, Any],
    owners: Mapping[tuple[str, str], AddressOwner],
    by_id: Mapping[str, StoredCustomer],
) -> PlannedLine:
    facts, wanted, keys = body["facts"], {**body["values"]}, _list_keys(body)
    found = {(one := owners[key].customer).id: one for key in keys if key in owners}
    if (given := facts.get(CUSTOMER)) is not None:
        if given not in by_id:
            return PlannedLine(line, None, [], {}, UNKNOWN)
        found[by_id[given].id] = by_id[given]
    if len(found) > 1:
        return PlannedLine(line, None, [], {}, "two_customers")
    earlier = body.get("known_by", ())  # what an earlier line brings
    fresh = [one for one in body["addresses"] if one not in earlier and tuple(one) not in owners]
    wanted |= {name: facts[name] for name in (NAME, LANGUAGE) if name in facts}
    if not found:
        return PlannedLine(line, None, fresh, {name: (None, new) for name, new in wanted.items()})
    (customer,) = found.values()
    before = read_values(customer)
    changes = {name: (before.get(name), new) for name, new in wanted.items() if before.get(name) != new}
    return PlannedLine(line, customer, fresh, changes)


def _list_keys(body: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The numbers and mailboxes that tell whose line it is: its own, and those of earlier lines of its customer."""
    return [(kind, each) for kind, each in (*body["addresses"], *body.get("known_by", ()))]


async def apply_lines(conn: Connection, one: Source, lines: Sequence[ImportLine], known: Known) -> list[ImportLine]:
    """Returns the lines with what became of them."""
    added, addresses, changes, done = [], [], [], []
    grown: set[str] = set()
    told: list[ToldConsent] = []
    for each in await plan_lines(conn, lines, known):
        if each.problem:
            done.append(each.stage())
            continue
        facts = orjson.loads(each.line.body)["facts"]
        if each.customer is None:
            customer_id = new_id("c")
            tier, profile = known.document.default_tier, orjson.dumps({"currency": known.document.currency}).decode()
            added.append(StoredCustomer(customer_id, facts.get(NAME, ""), tier, facts.get(LANGUAGE, ""), profile, 1))
        else:
            customer_id = each.customer.id
            if each.addresses:
                grown.add(customer_id)
        addresses += [KnownAddress(customer_id, kind, address, "claimed") for kind, address in each.addresses]
        changes += [change_of(customer_id, name, new, one, known) for name, (_, new) in each.changes.items()]
        told += each.told
        undo = {"added": each.customer is None, "addresses": each.addresses, "changes": each.changes}
        outcome = each.outcome
        said = None if outcome == SAME else orjson.dumps(undo).decode()
        done.append(ImportLine(each.line.line, outcome, customer_id, "{}", said))
    await customers.add(conn, added, known.now)
    await customers.add_addresses(conn, addresses)
    fresh_ids = {each.id for each in added}
    named = [(each.id, each.name, each.tier) for each in added]
    their = [(each.customer_id, each.kind, each.address) for each in addresses if each.customer_id in fresh_ids]
    await index_fresh(conn, named, their)
    await change_profiles(conn, changes)
    await index_customers(conn, grown)
    await take_consents(conn, known.document.all_consents, told, one.changed_by, one.id, known.now)
    await _announce(conn, {each.customer_id for each in done if each.undo} - fresh_ids, known.now)
    return done


def read_values(customer: StoredCustomer | ReadyCustomer) -> dict[str, Any]:
    """What is known of them by name, with the name and the language."""
    columns = {NAME: customer.name or None, LANGUAGE: customer.language or None}
    return {**orjson.loads(customer.profile), **columns}


def change_of(customer_id: str, name: str, new: Any, one: Source, known: Known) -> ValueChange:
    """A change of one value, as a line makes it."""
    attribute = known.document.all_attributes.get(name)
    return ValueChange(
        customer_id=customer_id,
        name=name,
        new=new,
        known=new if attribute is None or new is None else attribute.read(new),
        at=known.now,
        changed_by=one.changed_by,
        changer_id=one.id,
        source=one.name,
    )


async def _announce(conn: Connection, ids: set[str], now: int) -> None:
    """Only to whom it matters: an import changes many who have no open work."""
    await announce_changes(conn, await imports.find_with_open_work(conn, ids), now)

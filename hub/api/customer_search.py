"""The search for customers over HTTP: a name, a part of a number, a mailbox.

The rule of this file: whoever searches learns nothing about an address that they do not know already, but the last
digits of a number. Each search counts: nobody reads the whole base in small parts, and the trail says who searches.
"""

import re
from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal

import orjson
from aiohttp import web

from agent_console.found_customers import FoundCustomersView, FoundCustomerView
from agent_console.private_data import Private
from agent_console.views import StaffView
from hub.access.looks import Look, Looks
from hub.access.reading import Reading
from hub.access.rules import has_role_for
from hub.api.routes import Rule, answer_json, refuse
from hub.clock import Clock
from hub.policies.masking import Sight
from hub.policies.stored_versions import get_newest_book
from hub.storage import customers, relations
from hub.storage import staff as stored_staff
from hub.storage.customer_search import FoundCustomer, find
from hub.storage.customers import KnownAddress, StoredCustomer
from hub.storage.database import Connection, Database
from hub.storage.search_words import Match, Query, describe, fold, read_name, read_query
from routing.model import SECOND, Micros

SHOWN: Final = 20
MOST_IN_A_MINUTE: Final = 120  # a fast typist's, with a search at every pause
MOST_IN_AN_HOUR: Final = 1_200  # some 100 customers looked for, with ten searches each
HIDDEN: Final = "•••"
LAST_DIGITS: Final = 4  # of a number that fits
_PARTS: Final = re.compile(r"[^\W_]+")
_MATCHES: Final[Mapping[Match, Literal["address", "name", "begins", "part"]]] = {
    Match.ADDRESS: "address",
    Match.NAME: "name",
    Match.BEGINS: "begins",
    Match.PART: "part",
}


class SearchCount:
    """The searches of each person in the last hour, in this process."""

    def __init__(self) -> None:
        self._by_person: dict[str, deque[Micros]] = {}

    def take(self, staff_id: str, now: Micros) -> bool:
        """Count one. False: it is one too many, and does not count."""
        past = self._by_person.setdefault(staff_id, deque())
        while past and past[0] <= now - 3_600 * SECOND:
            past.popleft()
        in_a_minute = len(past) >= MOST_IN_A_MINUTE and past[-MOST_IN_A_MINUTE] > now - 60 * SECOND
        if in_a_minute or len(past) >= MOST_IN_AN_HOUR:
            return False
        past.append(now)
        return True


class CustomerSearch:
    def __init__(self, db: Database, clock: Clock, reading: Reading, looks: Looks) -> None:
        self._db, self._clock, self._reading, self._looks = db, clock, reading, looks
        self._count = SearchCount()

    def rules(self) -> Sequence[Rule]:
        return [Rule("GET", "/api/customers", "customers.search", self._search)]

    async def _search(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        text = request.query.get("q", "")
        query = read_query(text)
        if not self._count.take(staff.id, self._clock.now()):
            await self._looks.record([Look(staff.id, "customers.search_refused", "")], is_repeated=True)
            return refuse(429, "too_many_searches")
        await self._looks.record([Look(staff.id, "customers.search", "")], is_repeated=True)
        async with self._db.read() as conn:
            book = await get_newest_book(conn)
        tiers = [one.id for one in sorted(book.document.tiers, key=lambda tier: -tier.order)]
        async with self._db.read(is_slow=True) as conn:
            found = await find(conn, text, tiers, SHOWN + 1)
            ids = [one.customer_id for one in found[:SHOWN]]
            by_id = await customers.find(conn, ids)  # of those who were merged, the one who stands for them
            addresses: dict[str, list[KnownAddress]] = {one: [] for one in ids}
            asked_of = {each: asked for asked, one in by_id.items() for each in one.ids}
            for address in await customers.list_addresses(conn, asked_of):
                addresses[asked_of[address.customer_id]].append(address)
            people = {one.id: one.name for one in await stored_staff.list_by_name(conn)}
            apart = await self._tell_apart(conn, staff, book.see_as(staff.roles), list(by_id.values()))
        first: dict[str, FoundCustomer] = {}  # by the one who stands for them: the best of their finds
        for one in found[:SHOWN]:
            if one.customer_id in by_id:
                first.setdefault(by_id[one.customer_id].id, one)
        sight, has_more = book.see_as(staff.roles), len(found) > SHOWN
        if sight.hides_kind(Private.ADDRESSES) or sight.hides_kind(Private.ACCOUNTS):
            whole = len(first)
            first = {key: one for key, one in first.items() if _fits_without_numbers(one, by_id[key], query)}
            has_more = has_more and len(first) == whole
        shown = [
            _view(one, by_id[one.customer_id], addresses[one.customer_id], query, people).model_copy(
                update=apart.get(by_id[one.customer_id].id, {})
            )
            for one in first.values()
        ]
        view = FoundCustomersView(
            customers=shown,
            tiers=book.view.tiers,
            has_more=has_more,
            may_export=has_role_for(staff, "customers.export"),
        )
        return answer_json(view)

    async def _tell_apart(
        self, conn: Connection, staff: StaffView, sight: Sight, found: Sequence[StoredCustomer]
    ) -> dict[str, dict[str, str]]:
        """By id: what tells each of those who share their name from the others, as far as this person may see it."""
        by_id = {one.id: one for one in found}
        names = Counter(read_name(one.name) for one in by_id.values())
        alike = [one for one in by_id.values() if names[read_name(one.name)] > 1]
        if not alike:
            return {}
        ids = [each for one in alike for each in one.ids]
        readable = await self._reading.list_readable(conn, staff, ids)
        numbers: dict[str, str] = {}
        for each in await customers.list_addresses(conn, ids):
            if each.kind == "phone":
                numbers.setdefault(each.customer_id, each.address)
        accounts = await relations.list_accounts(conn, ids)
        apart = {}
        for one in alike:
            told = {"number": _find_tail(one, numbers), "account": _find_tail(one, accounts)}
            if sight.hides_kind(Private.ADDRESSES):
                told["number"] = ""
            if sight.hides_kind(Private.ACCOUNTS):
                told["account"] = ""
            if not readable.isdisjoint(one.ids):
                profile = orjson.loads(one.profile)
                told |= {name: str(profile.get(name) or "") for name in ("city", "birthday")}
            apart[one.id] = told
        return apart


def _find_tail(one: StoredCustomer, of: Mapping[str, str]) -> str:
    whole = next((of[each] for each in one.ids if each in of), "")
    return f"{HIDDEN} {whole[-LAST_DIGITS:]}" if len(whole) > LAST_DIGITS else ""


def _fits_without_numbers(one: FoundCustomer, customer: StoredCustomer, query: Query) -> bool:
    """Whether the name alone fits, or a whole address. A part of a number finds nobody for those to whom numbers are
    hidden: part by part, they would find out the rest."""
    by_name = query.find_match(describe(customer.name, [], [], []))
    return one.match is Match.ADDRESS or by_name is not None


def _view(
    one: FoundCustomer,
    customer: StoredCustomer,
    addresses: Iterable[KnownAddress],
    query: Query,
    people: Mapping[str, str],
) -> FoundCustomerView:
    kind, shown = "", ""
    if one.match in (Match.ADDRESS, Match.PART):
        masked = ((each.kind, mask_address(each.kind, each.address, query)) for each in addresses)
        kind, shown = next(((kind, text) for kind, text in masked if text), ("", ""))
    owner = orjson.loads(customer.profile).get("owner", "")
    return FoundCustomerView(
        id=customer.id,
        name=customer.name,
        tier=customer.tier,
        owner_name=people.get(owner, "") if isinstance(owner, str) else "",
        match=_MATCHES[one.match],
        kind=kind,
        address=shown,
    )


def mask_address(kind: str, address: str, query: Query) -> str:
    """What this query shows of an address: the last digits of a number, and of a mailbox what was typed. Empty if it
    does not fit."""
    ways = [way for term in query.terms for way in term]
    if kind == "phone":
        digits = describe("", [address], [], []).digits
        fits = any(part in digits for way in ways for part in way.digits)
        return f"{HIDDEN} {address[-LAST_DIGITS:]}" if fits else ""
    if kind != "email":
        return ""
    begun = [word[1:] for way in ways for word in way.words if word.startswith(" ")]
    shown = _PARTS.sub(lambda part: _mask_part(part[0], begun), address)
    return shown if shown != _PARTS.sub(HIDDEN, address) else ""


def _mask_part(part: str, begun: Iterable[str]) -> str:
    known = max((len(one) for one in begun if fold(part).startswith(one)), default=0)
    return f"{part[:known]}{HIDDEN}" if 0 < known < len(part) else part if known else HIDDEN

"""What a customer has agreed to, over HTTP: for every address of theirs and every purpose, with its history.

The rule of this file: it shows the ledger and changes nothing. An agent keeps a consent by a command of the desk.
"""

from collections.abc import Mapping, Sequence

from aiohttp import web

from agent_console.consent_views import AddressConsentsView, ConsentEntryView, ConsentsView, ConsentView
from agent_console.views import StaffView
from hub.access.reading import Reading
from hub.api.routes import Rule, answer_json, refuse
from hub.api.stated_reasons import read_reason
from hub.batch.desk_views import view_address
from hub.clock import Clock, to_millis
from hub.policies.consents import ConsentPolicy
from hub.policies.stored_versions import load_book
from hub.sending.consents import find_consent_refusal
from hub.storage import consents, customers, staff
from hub.storage.consents import ConsentEntry, leave_out_void, stand
from hub.storage.database import Database
from routing.model import DAY, Micros


class CustomerConsents:
    def __init__(self, db: Database, clock: Clock, reading: Reading) -> None:
        self._db, self._clock, self._reading = db, clock, reading

    def rules(self) -> Sequence[Rule]:
        return [Rule("GET", "/api/customers/{id}/consents", "consents.read", self._show)]

    async def _show(self, request: web.Request, person: StaffView) -> web.StreamResponse:
        customer_id, language = request.match_info["id"], request.query.get("language", "")[:16]
        if await self._reading.open_customer(person, "consents.read", customer_id, read_reason(request)) is None:
            return refuse(404, "not_found")
        async with self._db.read() as conn:
            book = await load_book(conn)
            known = await customers.list_addresses(conn, await customers.list_same(conn, customer_id))
            entries = await consents.list_entries(conn, {(one.kind, one.address) for one in known})
            authors = {one.by_id for one in entries if one.source == "agent"}
            names = {one.id: one.name for one in await staff.list_all(conn) if one.id in authors}
        assert book is not None, "a customer without a policy"
        first = book.document.languages[0]
        asked = {purpose: rule.find_text(language, first)[2] for purpose, rule in book.consents.items()}
        addresses = []
        for one in known:
            own = [entry for entry in entries if (entry.kind, entry.address) == (one.kind, one.address)]
            shown = view_address(one.kind, one.address, one.identity_level)
            addresses.append(
                AddressConsentsView(
                    channel=shown.channel,
                    address=shown.address,
                    identity_level=shown.identity_level,
                    consents=_view_consents(book.consents, own, names, self._clock.now()),
                )
            )
        texts = {purpose: text for purpose, text in asked.items() if text}
        return answer_json(ConsentsView(addresses=addresses, texts=texts))


def _view_consents(
    policy: Mapping[str, ConsentPolicy], entries: Sequence[ConsentEntry], names: Mapping[str, str], now: Micros
) -> list[ConsentView]:
    """`entries`: of one address, the newest first."""
    shown = []
    for purpose, rule in policy.items():
        history = [one for one in entries if one.purpose == purpose]
        counts = leave_out_void(history)
        newest = next((one for one in counts if one.act != "asked"), None)
        refusal = find_consent_refusal(rule, None if newest is None else stand(newest), now)
        is_given = newest is not None and newest.act == "given"
        state: str = newest.act if newest is not None else "asked" if counts else "silent"
        if is_given and refusal is not None:
            state = "ran_out"
        until = None
        if newest is not None and is_given and rule.runs_out_days:
            until = to_millis(newest.at + rule.runs_out_days * DAY)
        view = {"purpose": purpose, "state": state, "is_allowed": refusal is None, "until": until}
        view["history"] = [_view_entry(one, names) for one in history]
        shown.append(ConsentView.model_validate(view))
    return shown


def _view_entry(entry: ConsentEntry, names: Mapping[str, str]) -> ConsentEntryView:
    view = {
        "act": entry.act,
        "at": to_millis(entry.at),
        "source": entry.source,
        "by": names.get(entry.by_id, entry.by_id),
        "channel": entry.channel,
        "text_version": entry.text_version,
        "language": entry.language,
        "said": entry.said,
    }
    return ConsentEntryView.model_validate(view)

"""Previews of scripts over HTTP: what an agent would see for a made-up customer, or for one who is chosen.

The rule of this file: it changes nothing and keeps nothing. A chosen customer is read on the grounds and with the
record of any other look (`hub.access.reading`).
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from aiohttp import web
from pydantic import ValidationError

from agent_console.script_preview_views import ChosenCustomer, PreviewOptions, PreviewRequest, PreviewView
from agent_console.views import StaffView
from hub.access.reading import Reading
from hub.access.rules import has_role_for, may
from hub.api.previewed_proposals import find_previewed, show_catalogue
from hub.api.routes import Rule, answer_json, refuse
from hub.api.stated_reasons import tidy
from hub.batch.lookups import load_customers
from hub.clock import Clock
from hub.policies.in_force import PolicyBook
from hub.policies.stored_versions import get_newest_book
from hub.scripts.published_scripts import PublishedScripts
from hub.scripts.script_preview import Previewed, preview, read_typed, view_card
from hub.scripts.script_sketch import sketch_script
from hub.scripts.script_variables import CustomerFacts
from hub.storage import customers
from hub.storage import segments as stored_segments
from hub.storage.audit_words import Ground
from hub.storage.database import Database
from scripts_library.loader import load_cards
from scripts_library.run import RunError
from scripts_library.script_problems import Severity


class ScriptPreviews:
    def __init__(self, db: Database, clock: Clock, published: PublishedScripts, reading: Reading) -> None:
        self._db, self._clock, self._published, self._reading = db, clock, published, reading
        self._cards = {card.role.id: card for card in load_cards()}

    def rules(self) -> Sequence[Rule]:
        return [
            Rule("GET", "/api/script-previews", "script_files.read", self._list_options),
            Rule("POST", "/api/script-previews", "script_files.read", self._preview),
        ]

    async def _list_options(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        async with self._db.read() as conn:
            book = await get_newest_book(conn)
            live = [one.id for one in await stored_segments.list_all(conn)]
        named = {one for script in self._published.library.scripts for one in script.applies_to.segments}
        may_choose = has_role_for(staff, "customers.search") and may(staff, "customer.read", Ground.REASON)
        return answer_json(
            PreviewOptions(
                policy=book.view,
                segments=sorted({*named, *live}),
                cards=[view_card(one) for one in self._cards.values()],
                may_choose=may_choose,
            )
        )

    async def _preview(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        try:
            asked = PreviewRequest.model_validate_json(await request.read())
        except ValidationError:
            return refuse(400, "invalid")
        found = await self._open(staff, asked.chosen) if asked.chosen is not None else None
        if isinstance(found, web.Response):
            return found
        async with self._db.read() as conn:
            book = await get_newest_book(conn)
        whom = _build_whom(asked, found, book, staff)
        whom = replace(whom, card=self._cards.get(asked.card), turn=asked.turn, purpose=asked.purpose)
        at = self._clock.now() + self._clock.ahead()
        view = await self._build(asked, whom, book, staff.name, at)
        named = {"customer_name": found.name, "tier": found.tier} if found is not None else {}
        return answer_json(view.model_copy(update=named))

    async def _open(self, staff: StaffView, asked: ChosenCustomer) -> CustomerFacts | web.Response:
        """What is known of the customer, once the look is in the trail; or the refusal."""
        if not has_role_for(staff, "customer.read"):
            return refuse(403, "forbidden")
        ground = await self._reading.open_customer(staff, "customer.read", asked.id, tidy(asked.reason))
        if ground is None:
            return refuse(403, "needs_reason")
        async with self._db.read() as conn:
            found = (await load_customers(conn, [asked.id])).get(asked.id)
            book = await get_newest_book(conn)
        if found is None:
            return refuse(404, "not_found")
        # A segment may be of a rule over what is hidden: to stand in it would tell
        members = found.memberships if book.see_as(staff.roles).hides_nothing else {}
        return CustomerFacts(found.name, found.tier, found.language, found.profile, members, found.holds)

    async def _build(
        self, asked: PreviewRequest, whom: Previewed, book: PolicyBook, name: str, at: int
    ) -> PreviewView:
        file, library = f"{asked.id}.{asked.language}.md", await self._published.find_rules()
        sketch = await asyncio.to_thread(sketch_script, asked.source, file, library)
        script = sketch.script
        if script is None or any(one.severity is Severity.ERROR for one in sketch.problems):
            return PreviewView(problem="broken")
        if script.kind == "questions":
            return PreviewView(problem="no_steps")
        if script.kind == "proposals":
            script = show_catalogue(script)
        ids: Sequence[str] = ()
        if asked.chosen is not None and whom.sight is not None and whom.sight.hides_nothing:
            async with self._db.read() as conn:
                ids = await customers.list_same(conn, asked.chosen.id)
        suits = await find_previewed(self._db, book, script, whom, ids, self._clock.now())
        try:
            return await asyncio.to_thread(preview, script, asked.moves, whom, book, name, at, suits)
        except RunError:
            return PreviewView(problem="no_steps")


def _build_whom(asked: PreviewRequest, chosen: CustomerFacts | None, book: PolicyBook, staff: StaffView) -> Previewed:
    """A made-up customer has nothing to hide."""
    if chosen is not None:
        return Previewed(chosen, book.see_as(staff.roles), asked.channel, asked.queue)
    made_up = asked.made_up
    if made_up is None:
        return Previewed(CustomerFacts(), None, asked.channel, asked.queue)
    profile, unread = read_typed(made_up.values, book.attributes)
    facts = CustomerFacts(made_up.name, made_up.tier, made_up.language, profile)
    return Previewed(facts, None, asked.channel, asked.queue, unread)

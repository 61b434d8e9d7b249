"""Practice over HTTP: an agent walks a published script with a simulated customer.

The rule of this file: no customer is in it, nothing is kept, and so no report knows of it.
"""

import asyncio
from collections.abc import Sequence

from aiohttp import web
from pydantic import ValidationError

from agent_console.practice_views import PracticeOptions, PracticeRequest, PracticeScript
from agent_console.views import StaffView
from hub.api.previewed_proposals import find_previewed
from hub.api.routes import Rule, answer_json, refuse
from hub.clock import Clock
from hub.policies.stored_versions import get_newest_book
from hub.scripts.published_scripts import PublishedScripts
from hub.scripts.script_preview import Previewed, preview, read_typed, view_card
from hub.scripts.script_variables import CustomerFacts
from hub.storage.database import Database
from scripts_library.loader import load_cards
from scripts_library.run import RunError


class Practice:
    def __init__(self, db: Database, clock: Clock, published: PublishedScripts) -> None:
        self._db, self._clock, self._published = db, clock, published
        self._cards = {card.role.id: card for card in load_cards()}

    def rules(self) -> Sequence[Rule]:
        return [
            Rule("GET", "/api/practice", "scripts.practise", self._list_options),
            Rule("POST", "/api/practice", "scripts.practise", self._walk),
        ]

    async def _list_options(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        await self._published.refresh()
        async with self._db.read() as conn:
            book = await get_newest_book(conn)
        scripts = sorted(self._published.library.scripts, key=lambda one: (one.title, one.language))
        return answer_json(
            PracticeOptions(
                policy=book.view,
                scripts=[PracticeScript(id=one.id, language=one.language, title=one.title) for one in scripts],
                cards=[view_card(one) for one in self._cards.values()],
            )
        )

    async def _walk(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        try:
            asked = PracticeRequest.model_validate_json(await request.read())
        except ValidationError:
            return refuse(400, "invalid")
        library, card = self._published.library, self._cards.get(asked.card)
        mine = (one for one in library.scripts if (one.id, one.language) == (asked.script_id, asked.language))
        script = next(mine, None)
        if script is None or card is None:
            return refuse(404, "not_found")
        async with self._db.read() as conn:
            book = await get_newest_book(conn)
        profile, _ = read_typed(card.role.values, book.attributes)
        name = card.role.names.get(asked.language, card.role.names["en"])
        facts = CustomerFacts(name, card.role.tier, asked.language, profile)
        whom = Previewed(facts, None, asked.channel, asked.queue, card=card, turn=asked.turn)
        at = self._clock.now() + self._clock.ahead()
        suits = await find_previewed(self._db, book, script, whom, (), self._clock.now())
        try:
            view = await asyncio.to_thread(preview, script, asked.moves, whom, book, staff.name, at, suits)
        except RunError:
            return refuse(409, "no_steps")
        return answer_json(view)

"""Questions of agents and supervisors: why an interaction waits, why an offer went to its agent, what waits in a
queue, what an agent holds, what was closed unfinished, who could be given an interaction, and how good the estimates
were.

The rule of this file: it reads the request and its language; `hub.screens.explaining`, `hub.screens.work_lists` and
`hub.screens.unfinished` answer.
"""

from collections.abc import Iterable, Sequence

from aiohttp import web

from agent_console.explanation_words import Language
from agent_console.views import StaffView
from hub.access.reading import Reading
from hub.api.routes import Rule, answer_json, refuse
from hub.screens.explaining import Explaining
from hub.screens.unfinished import Unfinished
from hub.screens.work_lists import WorkLists
from hub.storage.audit_words import OfWork
from routing.model import InteractionId, OfferId


class Why:
    def __init__(self, explaining: Explaining, lists: WorkLists, unfinished: Unfinished, reading: Reading) -> None:
        self._explaining, self._lists, self._reading = explaining, lists, reading
        self._unfinished = unfinished

    def rules(self) -> Sequence[Rule]:
        return [
            Rule("GET", "/api/interactions/{id}/explanation", "explanation.read", self._explain),
            Rule("GET", "/api/offers/{id}/explanation", "explanation.read", self._explain_offer),
            Rule("GET", "/api/queues/{id}/waiting", "waiting.read", self._waiting),
            Rule("GET", "/api/agents/{id}/held", "held.read", self._held),
            Rule("GET", "/api/in-hand", "held.read", self._in_hand),
            Rule("GET", "/api/unfinished", "unfinished.read", self._list_unfinished),
            Rule("GET", "/api/interactions/{id}/candidates", "candidates.read", self._candidates),
            Rule("GET", "/api/estimates", "estimates.read", self._estimates),
        ]

    async def _explain(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        asked = InteractionId(request.match_info["id"])
        if await self._reading.open_interaction(staff, "explanation.read", asked) is None:
            return refuse(404, "not_found")
        explanation = await self._explaining.explain(asked, _language(request, staff))
        return refuse(404, "not_found") if explanation is None else answer_json(explanation)

    async def _explain_offer(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        asked = OfferId(request.match_info["id"])
        if await self._reading.open_offer(staff, "explanation.read", asked) is None:
            return refuse(404, "not_found")
        explanation = await self._explaining.explain_offer(asked, _language(request, staff))
        return refuse(404, "not_found") if explanation is None else answer_json(explanation)

    async def _waiting(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        queue = request.match_info["id"]
        if not await self._reading.open_queue(staff, "waiting.read", queue):
            return refuse(404, "not_found")
        waiting = await self._lists.list_waiting(queue)
        return refuse(404, "not_found") if waiting is None else answer_json(waiting)

    async def _held(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        """The agent's work from the queues that this supervisor looks after."""
        held = await self._lists.list_held(request.match_info["id"])
        opened = await self._open_queues(staff, "held.read", {line.queue for line in held.lines})
        lines = [line for line in held.lines if line.queue in opened]
        return answer_json(held.model_copy(update={"lines": lines}))

    async def _in_hand(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        """What all agents have active in the queues that this supervisor looks after."""
        opened = await self._open_queues(staff, "held.read", await self._lists.list_queues())
        return answer_json(await self._lists.list_in_hand(opened))

    async def _list_unfinished(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        """Interactions closed unfinished today in the queues that this supervisor looks after."""
        counts = await self._unfinished.count_by_queue()
        opened = await self._open_queues(staff, "unfinished.read", counts)
        return answer_json(await self._unfinished.list_of(opened))

    async def _open_queues(self, staff: StaffView, action: OfWork, queues: Iterable[str]) -> set[str]:
        return {queue for queue in queues if await self._reading.open_queue(staff, action, queue)}

    async def _candidates(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        asked = InteractionId(request.match_info["id"])
        if await self._reading.open_interaction(staff, "candidates.read", asked) is None:
            return refuse(404, "not_found")
        found = await self._explaining.list_candidates(asked, _language(request, staff))
        return refuse(404, "not_found") if found is None else answer_json(found)

    async def _estimates(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        return answer_json(await self._explaining.read_errors())


def _language(request: web.Request, staff: StaffView) -> Language:
    """The requested language, else the one in which the person works."""
    return "zh-CN" if request.query.get("language", staff.language).startswith("zh") else "en"

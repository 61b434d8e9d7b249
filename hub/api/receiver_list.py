"""The list of those to whom an agent can hand a call, or whom they can ask.

The rule of this file: it reads the request; `hub.screens.call_receivers` answers.
"""

from collections.abc import Sequence

from aiohttp import web

from agent_console.views import StaffView
from channels.registry import REGISTRY
from hub.api.routes import Rule, answer_json, refuse
from hub.screens.call_receivers import Receivers
from routing.model import ChannelName


class ReceiverList:
    def __init__(self, receivers: Receivers) -> None:
        self._receivers = receivers

    def rules(self) -> Sequence[Rule]:
        return [Rule("GET", "/api/receivers", "receivers.read", self._list)]

    async def _list(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        channel = ChannelName(request.query.get("channel", ""))
        if channel not in REGISTRY:
            return refuse(400, "invalid", "channel")
        return answer_json(await self._receivers.list_for(staff.id, channel))

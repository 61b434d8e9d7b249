"""What an agent may choose before they call somebody: the number that is shown, and the script.

The rule of this file: it offers only what the command `call_out` accepts.
"""

from collections.abc import Sequence

from aiohttp import web

from agent_console.views import StaffView
from agent_console.wire import CallOptionsView, CallScriptView
from channels.registry import list_calls
from hub.api.routes import Rule, answer_json
from hub.scripts.script_runs import Scripts
from hub.sending.may_send import SendRules


class CallOptions:
    def __init__(self, rules: SendRules, scripts: Scripts) -> None:
        self._rules, self._scripts = rules, scripts

    def rules(self) -> Sequence[Rule]:
        return [Rule("GET", "/api/me/call-options", "desk.call_out", self._show)]

    async def _show(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        channels = set(list_calls())
        scripts = [
            CallScriptView(id=one.id, title=one.title, language=one.language)
            for one in self._scripts.all
            if not one.applies_to.channels or channels & set(one.applies_to.channels)
        ]
        return answer_json(CallOptionsView(numbers=list(self._rules.call_numbers), scripts=scripts))

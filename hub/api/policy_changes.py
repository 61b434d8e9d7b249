"""Head starts and the largest boost changed from the page of the tiers: another version of the policy.

The rule of this file: a change goes the way of `python -m hub apply`: checked whole, against all open work, stored as
a version, told to the process that routes. Whoever saw an older version is told so, and nothing is overwritten.
"""

from collections.abc import Callable, Sequence
from typing import Any

import orjson
from aiohttp import web
from pydantic import ValidationError

from agent_console.policy_views import HeadStartsRequest, PolicyAnswer
from agent_console.views import StaffView
from hub.api.routes import Rule, answer_json, refuse
from hub.clock import Clock
from hub.policies.document import PolicyDocument
from hub.policies.document_text import dump_policy, parse_policy
from hub.policies.named_segments import SegmentMissing
from hub.policies.publishing import NoPlace, PolicyMoved, apply_policy
from hub.policies.stored_versions import get_newest_book
from hub.policies.used_attributes import AttributeInUse
from hub.storage.audit import Entry
from hub.storage.audit_words import Detail
from hub.storage.database import Database
from hub.toml_files.problems import ConfigErrors


class PolicyChanges:
    def __init__(self, db: Database, clock: Clock, changed: Callable[[], None]) -> None:
        self._db, self._clock, self._changed = db, clock, changed

    def rules(self) -> Sequence[Rule]:
        return [Rule("POST", "/api/policy/head-starts", "policy.change", self._change_head_starts)]

    async def _change_head_starts(self, request: web.Request, staff: StaffView) -> web.StreamResponse:
        try:
            asked = HeadStartsRequest.model_validate_json(await request.read())
        except ValidationError as error:
            return refuse(400, "invalid", ".".join(str(part) for part in error.errors()[0]["loc"]))
        async with self._db.read() as conn:
            book = await get_newest_book(conn)
        if book.version != asked.policy:
            return refuse(409, "changed")
        if not asked.head_starts.keys() <= {tier.id for tier in book.document.tiers}:
            return refuse(400, "invalid", "head_starts")
        now = self._clock.now()
        detail: Detail = {"version": book.version + 1, "reason": asked.why.strip()}
        entry = Entry(now, staff.id, "policy.change", "tiers", detail=orjson.dumps(detail).decode())
        try:
            document = parse_policy(_change(book.document, asked))
            version = await apply_policy(self._db, document, now, staff.id, seen=book.version, note=entry)
        except PolicyMoved:
            return refuse(409, "changed")
        except (ConfigErrors, NoPlace, AttributeInUse, SegmentMissing) as error:
            return answer_json(PolicyAnswer(policy=book.version, words=str(error)), status=422)
        self._changed()
        return answer_json(PolicyAnswer(policy=version or book.version))


def _change(document: PolicyDocument, asked: HeadStartsRequest) -> dict[str, Any]:
    """The data of the changed document. Channels and tiers that the request does not name stay as they are."""
    data = dump_policy(document)
    for tier in data["tiers"]:
        tier["head_start_seconds"] = {**tier.get("head_start_seconds", {}), **asked.head_starts.get(tier["id"], {})}
    if asked.boost_cap_seconds is not None:
        data["timing"]["boost_cap_seconds"] = asked.boost_cap_seconds
    return data

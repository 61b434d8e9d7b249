"""The rules of the policy as they are asked: with the live segments that they name written out.

The rule of this file: a rule that cannot be asked, since a segment that it names is not live, is left out and logged.
Its answer is unknown then, and what is unknown moves nobody.
"""

from collections.abc import Mapping

import structlog

from hub.policies.document import PolicyDocument
from hub.policies.named_segments import read_live
from hub.policies.segment_rules import SegmentRefused, SegmentRules
from hub.storage import segments
from hub.storage.connection import Connection
from hub.storage.segments import LIVE
from scripts_library.conditions import Condition

log = structlog.get_logger()


async def read_live_segments(connection: Connection, document: PolicyDocument) -> SegmentRules:
    stored = await segments.list_all(connection)
    return read_live(document, {one.id: one.definition for one in stored if one.state == LIVE})


def read_rules(live: SegmentRules, texts: Mapping[str, str]) -> dict[str, Condition]:
    """By the same keys; a text that is empty is no rule."""
    read = {}
    for key, text in texts.items():
        if text:
            try:
                read[key] = live.read_rule(text)
            except SegmentRefused as error:
                log.error("a rule of the policy cannot be asked", key=key, problem=str(error))
    return read

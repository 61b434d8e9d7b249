"""The rules of a catalogue of proposals, and what they choose for a customer.

The rule of this file: it reads no rows and writes none. A rule that cannot be asked, or whose answer is not known,
holds for nobody.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

import structlog

from hub.policies.segment_rules import SegmentRefused, SegmentRules
from hub.rules.rule_set import Rule
from scripts_library.condition_parsing import SEGMENTS
from scripts_library.proposals import Proposal, Replied, Suggested, choose, find_latest
from scripts_library.script_parts import Propose

log = structlog.get_logger()

SEGMENT = "words for "  # before a segment: the rule that asks whether its words are for this customer


def list_proposal_rules(part: Propose, live: SegmentRules) -> Iterator[Rule]:
    """Who may get each proposal, under its id; and whether the words for a segment are for them."""
    texts = {one.id: one.rule for one in part.proposals if one.rule}
    texts |= {
        SEGMENT + segment: f'"{segment}" in {SEGMENTS}' if SEGMENTS in live.types else f'in_segment("{segment}")'
        for one in part.proposals
        for segment in _list_segments(part, one)
    }
    for name, text in texts.items():
        try:
            yield Rule(name, live.read_rule(text))
        except SegmentRefused as error:
            log.warning("a rule of a proposal cannot be asked", name=name, problem=str(error))


def choose_suggested(
    part: Propose, holds: Mapping[str, bool | None], said: Iterable[Replied], today: date, at: int, to: str
) -> list[Suggested]:
    """What the step shows. `holds`: the answers of its rules. `said`: all that the customer has replied before.
    `at`, `to`: when it is shown, and to which agent."""
    said = list(said)
    fitting = frozenset(one.id for one in part.proposals if not one.rule or holds.get(one.id))
    latest = find_latest(said)
    return [
        Suggested(
            id=one.id,
            segment=next((segment for segment in _list_segments(part, one) if holds.get(SEGMENT + segment)), ""),
            before=latest[one.id].reply if one.id in latest else "",
            before_at=latest[one.id].at if one.id in latest else 0,
            at=at,
            to=to,
        )
        for one in choose(part.proposals, fitting, said, today, part.most)
    ]


def _list_segments(part: Propose, one: Proposal) -> list[str]:
    """Those for which the catalogue has words of their own, in its order."""
    pairs = (words.id.partition("/") for words in part.words)
    return [segment for proposal_id, _, segment in pairs if proposal_id == one.id and segment]

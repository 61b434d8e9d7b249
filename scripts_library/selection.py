"""Selects the script of an interaction: the most specific one that applies, in a language that the customer reads.

The rule of this file: the same scripts and the same subject always give the same order.

1. A script *applies* if each part of `applies_to` is empty or names the subject, and `when` holds. A fact that is not
   known is named by no part.
2. Language counts first: the scripts in the wished language come before those in the fallback language. A script is
   in the list once, in the better of the two. `en` matches `en-GB` and the other way round; if a script has both, the
   exact code wins.
3. Then the larger `priority` wins (0 if the head has none). It is meant for exceptions, such as a campaign. A script
   with a negative priority is for agents who pick it by hand: it is in the list, and never chosen.
4. Then the parts of `applies_to` count, in the order of `PARTS`, with `when` behind the segments. A part that names
   something wins over an empty one, and the part that names less wins over one that names more.
5. Two scripts that are still equal are a *tie*, which `ties.py` refuses where both may apply to one interaction.
   Among scripts that agents pick by hand, the id counts, by the alphabet.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from functools import lru_cache
from typing import Final, NamedTuple, get_args

from scripts_library.applies_to import AppliesTo
from scripts_library.condition_binding import bind
from scripts_library.conditions import Condition, Facts, matches
from scripts_library.script_parts import HeadPart, ReasonPart, Script
from scripts_library.variables import Variables

PARTS: Final[tuple[HeadPart, ...]] = get_args(HeadPart)


@dataclass(frozen=True, slots=True)
class Subject:
    """The facts of an interaction that decide which script it gets. An empty fact is not known."""

    channel: str
    queue: str
    tier: str
    language: str
    segments: frozenset[str] = frozenset()
    variables: Variables = field(default_factory=dict)
    at: int = 0  # microseconds, UTC, by the wall clock
    zone: tzinfo = UTC  # the organisation's
    direction: str = ""  # inbound or outbound
    number: str = ""  # ours: what the customer dialled or wrote to, or what they see when we call
    stage: str = ""  # the customer's, in their life with the organisation
    purpose: str = ""  # why we call: callback; else what the caller chose in a menu
    hours: str = ""  # open or closed: the queue, at this instant
    skills: frozenset[str] = frozenset()  # of the agent


class Reason(NamedTuple):
    """Why a script applies: what one part of its head names, and the interaction is."""

    part: ReasonPart
    value: str  # "": for "when"


def select(scripts: Iterable[Script], subject: Subject, fallback_language: str) -> Script | None:
    """Return the script for this subject; None: no script applies in either language, but for those that agents pick
    by hand."""
    ranked = rank_scripts(scripts, subject, fallback_language)
    return next((script for script in ranked if not is_by_hand(script)), None)


def is_by_hand(script: Script) -> bool:
    """Whether agents pick it by hand, and nothing else does."""
    return script.priority < 0


def rank_scripts(scripts: Iterable[Script], subject: Subject, fallback_language: str) -> tuple[Script, ...]:
    """Return all scripts that apply, the most specific first and each id once. An agent may pick any of them."""
    ranked = []
    for script in scripts:
        nearness = _nearness(script.language, subject.language, fallback_language)
        if nearness is not None and applies(script, subject):
            is_fallback, is_akin = divmod(nearness, 2)
            order = (is_fallback, measure_specificity(script), script.id, is_akin, script.language)
            ranked.append((order, script))
    best: dict[str, Script] = {}
    for _, script in sorted(ranked, key=lambda pair: pair[0]):
        best.setdefault(script.id, script)
    return tuple(best.values())


def applies(script: Script, subject: Subject) -> bool:
    to = script.applies_to
    return (
        script.kind == "script"
        and (not to.queues or subject.queue in to.queues)
        and (not to.channels or subject.channel in to.channels)
        and (not to.tiers or subject.tier in to.tiers)
        and (not to.segments or not subject.segments.isdisjoint(to.segments))
        and (not to.is_wide or _fits_rest(to, subject))
        and (script.when is None or _holds(script.when, script, subject))
    )


def explain(script: Script, subject: Subject) -> tuple[Reason, ...]:
    """Return why a script that applies does so, in the order of `PARTS`; empty: it applies to everything. Facts that
    are left out of the subject, because the reader may not see them, are left out of the reasons."""
    reasons = [
        Reason(part, value)
        for part in PARTS
        for value in getattr(script.applies_to, part)
        if value in _list_facts(subject, part)
    ]
    return tuple(reasons + ([Reason("when", "")] if script.when is not None else []))


def _fits_rest(to: AppliesTo, subject: Subject) -> bool:
    """The parts that few scripts name."""
    return (
        (not to.directions or subject.direction in to.directions)
        and (not to.numbers or subject.number in to.numbers)
        and (not to.stages or subject.stage in to.stages)
        and (not to.purposes or subject.purpose in to.purposes)
        and (not to.hours or subject.hours in to.hours)
        and (not to.skills or not subject.skills.isdisjoint(to.skills))
    )


def _list_facts(subject: Subject, part: str) -> frozenset[str]:
    """What the subject is, in the words of a part of `applies_to`."""
    if part in ("segments", "skills"):
        found: frozenset[str] = getattr(subject, part)
        return found
    return frozenset((getattr(subject, part if part == "hours" else part.removesuffix("s")),))


def _holds(when: Condition, script: Script, subject: Subject) -> bool:
    return matches(bind(when, subject.at, subject.zone), Facts(subject.variables), script.types)


@lru_cache(maxsize=1_000)
def _nearness(language: str, wished: str, fallback: str) -> int | None:
    """Return 0 for the wished language and 1 for another code of it; 2 and 3 for the fallback; None for any other."""
    for distance, code in ((0, wished), (2, fallback)):
        if language.casefold() == code.casefold():
            return distance
        if _primary(language) == _primary(code):
            return distance + 1
    return None


def _primary(code: str) -> str:
    return code.casefold().partition("-")[0]


def measure_specificity(script: Script) -> tuple[int, ...]:
    """Return a key for sorting: the smaller it is, the more specific is the script."""
    to = script.applies_to
    open_part = 1_000  # more than a part can name
    sizes = [len(getattr(to, part)) or open_part for part in PARTS]
    behind = PARTS.index("segments") + 1
    return (-script.priority, *sizes[:behind], 0 if script.when is not None else 1, *sizes[behind:])

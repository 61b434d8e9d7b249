"""Selects the script of an interaction: the most specific one that applies, in a language that the customer reads.

The rule of this file: the same scripts and the same subject always give the same order.

1. A script *applies* if each part of `applies_to` is empty or names the subject, and `when` holds.
2. Language counts first: the scripts in the wished language come before those in the fallback language. A script is
   in the list once, in the better of the two. `en` matches `en-GB` and the other way round; if a script has both, the
   exact code wins.
3. Then the larger `priority` wins (0 if the head has none). It is meant for exceptions: a campaign comes before the
   rest, and a script that agents only pick by hand comes after the greeting.
4. Then the parts of `applies_to` count: queues and segments, then `when`, then tiers and channels. A part that names
   something wins over an empty one, and the part that names less wins over one that names more.
5. Then the id counts, by the alphabet.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from functools import lru_cache

from scripts_library.condition_binding import bind
from scripts_library.conditions import Condition, Facts, matches
from scripts_library.script_parts import Script
from scripts_library.variables import Variables


@dataclass(frozen=True, slots=True)
class Subject:
    """The variables of an interaction that decide which script it gets."""

    channel: str
    queue: str
    tier: str
    language: str
    segments: frozenset[str] = frozenset()
    variables: Variables = field(default_factory=dict)
    at: int = 0  # microseconds, UTC, by the wall clock
    zone: tzinfo = UTC  # the organisation's


def select(scripts: Iterable[Script], subject: Subject, fallback_language: str) -> Script | None:
    """Return the script for this subject; None: no script applies in either language."""
    return next(iter(rank_scripts(scripts, subject, fallback_language)), None)


def rank_scripts(scripts: Iterable[Script], subject: Subject, fallback_language: str) -> tuple[Script, ...]:
    """Return all scripts that apply, the most specific first and each id once. An agent may pick any of them."""
    ranked = []
    for script in scripts:
        nearness = _nearness(script.language, subject.language, fallback_language)
        if nearness is not None and applies(script, subject):
            is_fallback, is_akin = divmod(nearness, 2)
            order = (is_fallback, _specificity(script), script.id, is_akin, script.language)
            ranked.append((order, script))
    best: dict[str, Script] = {}
    for _, script in sorted(ranked, key=lambda pair: pair[0]):
        best.setdefault(script.id, script)
    return tuple(best.values())


def applies(script: Script, subject: Subject) -> bool:
    to = script.applies_to
    return (
        (not to.channels or subject.channel in to.channels)
        and (not to.queues or subject.queue in to.queues)
        and (not to.tiers or subject.tier in to.tiers)
        and (not to.segments or not subject.segments.isdisjoint(to.segments))
        and (script.when is None or _holds(script.when, script, subject))
    )


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


def _specificity(script: Script) -> tuple[int, ...]:
    """Return a key for sorting: the smaller it is, the more specific is the script."""
    to = script.applies_to
    open_part = 1_000  # more than a part can name
    return (
        -script.priority,
        len(to.queues) or open_part,
        len(to.segments) or open_part,
        0 if script.when is not None else 1,
        len(to.tiers) or open_part,
        len(to.channels) or open_part,
    )

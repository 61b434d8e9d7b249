"""What a line of an import, or a customer of a program's request, says about consent.

The rule of this file: a line speaks for the addresses that it names, and for no other. What it says counts only if it
is newer than what stands. An import that is taken back takes its words back: the ledger keeps both entries.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, get_args
from zoneinfo import ZoneInfo

from hub.exchange.consent_intake import ToldConsent, is_older
from hub.policies.consents import Purpose
from hub.policies.document import PolicyDocument
from hub.storage import consents
from hub.storage.connection import Connection
from hub.storage.consents import NAME, Standings
from routing.model import SECOND, Micros

AT, TEXT, SAID = "consent_at", "consent_text", "consent_said"  # when, which text they saw, in whose words
PURPOSES: Final[Mapping[str, str]] = {NAME + one: one for one in get_args(Purpose)}  # consent/marketing: marketing
TARGETS: Final = (*PURPOSES, AT, TEXT, SAID)


def find_problem(said: Mapping[str, Any], document: PolicyDocument, now: Micros) -> str:
    """Why a line that was read cannot be taken for what it says about consent; empty: it can."""
    facts = said["facts"]
    purposes = [PURPOSES[name] for name in facts if name in PURPOSES]
    if not purposes:
        return "consent_missing" if any(name in facts for name in TARGETS) else ""
    if not said["addresses"]:
        return "consent_address"
    version = facts.get(TEXT, 0)
    if version and any(not _has_text(document, one, version) for one in purposes):
        return "consent_text"
    return "consent_in_future" if _find_instant(facts, document, now) > now else ""


def _has_text(document: PolicyDocument, purpose: str, version: int) -> bool:
    return version in [text.version for text in document.all_consents[purpose].texts]


def _find_instant(facts: Mapping[str, Any], document: PolicyDocument, now: Micros) -> Micros:
    """A day counts from its beginning where the organisation is; without one they said it just now."""
    return read_instant(str(facts[AT]), document) if AT in facts else now


def read_instant(text: str, document: PolicyDocument) -> Micros:
    """Of ISO 8601; without an offset it is the time where the organisation is. Raises ValueError."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        at = at.replace(tzinfo=ZoneInfo(document.time_zone))
    return int(at.timestamp()) * SECOND


async def find_standings(connection: Connection, lines: Sequence[Mapping[str, Any]]) -> Standings:
    """What stands for the addresses of the lines that say something about consent."""
    saying = [said for said in lines if not PURPOSES.keys().isdisjoint(said["facts"])]
    keys = {(kind, one) for said in saying for kind, one in said["addresses"]}
    return await consents.find_standings(connection, keys) if keys else {}


def list_told(
    said: Mapping[str, Any], standings: Standings, document: PolicyDocument, now: Micros
) -> tuple[list[ToldConsent], dict[str, tuple[bool | None, bool]]]:
    """What of a line without a problem is news, one for each address and purpose; and by name, such as
    consent/marketing, what stands and what comes. What stands already is news only with a day of its own."""
    facts = said["facts"]
    told: list[ToldConsent] = []
    changes: dict[str, tuple[bool | None, bool]] = {}
    for name, purpose in PURPOSES.items():
        if (is_given := facts.get(name)) is None:
            continue
        for kind, address in said["addresses"]:
            one = ToldConsent(
                address=address,
                purpose=purpose,
                is_given=is_given,
                at=_find_instant(facts, document, now),
                text_version=facts.get(TEXT, 0),
                language=str(facts.get("language", "")) if facts.get(TEXT) else "",
                said=str(facts.get(SAID, "")),
            )
            their = [each for each in standings.get((kind, address), ()) if each.purpose == purpose]
            stands = their[-1].act == "given" if their else None
            if is_older(one, their) or (stands is is_given and AT not in facts):
                continue
            told.append(one)
            changes[name] = (stands, is_given)
    return told, changes

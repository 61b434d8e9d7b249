"""Consents that another system tells of: an import, or a program with a token.

The rule of this file: what is told is kept only if it is newer than what stands, and if it names an address of a
customer and a version of the text that the policy has. Each line has its answer.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from hub.policies.consents import ConsentPolicy
from hub.storage import consents, customers
from hub.storage.connection import Connection
from hub.storage.consents import ConsentEntry, Standing, stand
from hub.storage.customers import AddressOwner
from routing.model import Micros

_NUMBER: Final = re.compile(r"\+[1-9][0-9]{5,14}")  # E.164
Answer = Literal["", "no_purpose", "no_address", "nobody", "no_text", "in_future", "older"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldConsent:
    """`address`: E.164 or a mailbox. `at`: when the customer said so. `text_version`: 0 if no text of ours was shown.
    `said`: in their own words."""

    address: str
    purpose: str
    is_given: bool
    at: Micros
    text_version: int = 0
    language: str = ""
    said: str = ""


async def take_consents(
    connection: Connection,
    policies: Mapping[str, ConsentPolicy],
    told: Sequence[ToldConsent],
    source: Literal["import", "api"],
    by_id: str,
    now: Micros,
) -> list[Answer]:
    """Keep those that count, in the transaction of the caller; an answer for each, empty if it is kept. `by_id`: of
    the import or of the token. The rules are asked anew about whoever is concerned."""
    keys = [_read_address(one.address) for one in told]
    known = {key for key in keys if key is not None}
    owners = await customers.find_owners(connection, known)
    standings = {key: list(found) for key, found in (await consents.find_standings(connection, known)).items()}
    entries, answers = list[ConsentEntry](), list[Answer]()
    for one, key in zip(told, keys, strict=True):
        owner = owners.get(key) if key is not None else None
        answer = _judge(one, key, owner, policies, standings, now)
        answers.append(answer)
        if answer or key is None or owner is None:
            continue
        entry = ConsentEntry(
            kind=key[0],
            address=key[1],
            purpose=one.purpose,
            act="given" if one.is_given else "withdrawn",
            source=source,
            by_id=by_id[:64],
            text_version=one.text_version,
            language=one.language[:16],
            said=one.said.strip()[:500],
            at=one.at,
            recorded_at=now,
            customer_id=owner.customer_id,
        )
        entries.append(entry)
        standings.setdefault(key, []).append(stand(entry))
    await consents.add(connection, entries)
    return answers


def _judge(
    one: ToldConsent,
    key: tuple[str, str] | None,
    owner: AddressOwner | None,
    policies: Mapping[str, ConsentPolicy],
    standings: dict[tuple[str, str], list[Standing]],
    now: Micros,
) -> Answer:
    policy = policies.get(one.purpose)
    if policy is None:
        return "no_purpose"
    if key is None:
        return "no_address"
    if owner is None:
        return "nobody"
    if one.text_version and one.text_version not in [text.version for text in policy.texts]:
        return "no_text"
    if one.at > now:
        return "in_future"
    of_purpose = [each for each in standings.get(key, ()) if each.purpose == one.purpose]
    return "older" if is_older(one, of_purpose) else ""


def is_older(one: ToldConsent, of_purpose: Sequence[Standing]) -> bool:
    """Whether something newer stands. `of_purpose`: of the same address and purpose."""
    return any(each.at >= one.at for each in of_purpose)


def _read_address(text: str) -> tuple[str, str] | None:
    """As (kind, address)."""
    address = text.strip()
    if _NUMBER.fullmatch(address):
        return "phone", address
    local, at, domain = address.rpartition("@")
    if at and local and domain and len(address) <= 320 and not any(one.isspace() for one in address):
        return "email", address.lower()
    return None

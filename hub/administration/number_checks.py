"""The check of a number that an agent has chosen: a call says a code there, and the agent types it at the desk.

The rule of this file: calls go only to a number that somebody has answered for its agent. The code is stored with
the person, so any process of the hub can compare it. It is good for a few minutes and a few tries, and an agent can
have only a few calls an hour made: each costs money and rings at somebody's telephone.
"""

import hmac
import secrets
from enum import StrEnum
from typing import Any, Final

import orjson

from hub.administration.staff_phones import put_number
from hub.storage import staff
from hub.storage.database import Connection, Database
from routing.model import SECOND, Micros

DIGITS: Final = 6
LASTS: Final = 600 * SECOND
MOST_TRIES: Final = 5
HOUR: Final = 3600 * SECOND
MOST_PER_HOUR: Final = 5
_CHECK: Final = "number_check"  # in the person's profile


class CheckProblem(StrEnum):
    """Told to the desk, which has words for each."""

    NO_AGENT = "not_found"
    TOO_MANY_CALLS = "checks_capped"
    OVER = "code_over"  # no code was said, it is too old, or there were too many tries
    WRONG = "code_wrong"


class CheckRefused(Exception):
    def __init__(self, problem: CheckProblem) -> None:
        super().__init__(problem)
        self.problem = problem


async def begin_check(db: Database, staff_id: str, number: str, now: Micros) -> str:
    """The code to say at this number, which replaces every earlier one. Raises CheckRefused, StorageError."""
    code = "".join(str(secrets.randbelow(10)) for _ in range(DIGITS))

    async def unit(conn: Connection) -> CheckProblem | None:
        profile = await _lock_profile(conn, staff_id)
        if profile is None:
            return CheckProblem.NO_AGENT
        called_at = [at for at in profile.get(_CHECK, {}).get("called_at", ()) if at > now - HOUR]
        if len(called_at) >= MOST_PER_HOUR:
            return CheckProblem.TOO_MANY_CALLS
        check = {"number": number, "code": code, "until": now + LASTS, "tries": 0, "called_at": [*called_at, now]}
        await _store(conn, staff_id, {**profile, _CHECK: check})
        return None

    if problem := await db.write(unit):
        raise CheckRefused(problem)
    return code


async def finish_check(db: Database, staff_id: str, code: str, now: Micros) -> str:
    """The number that the code was said at, which is the agent's from here on. Raises CheckRefused, StorageError."""

    async def unit(conn: Connection) -> str | CheckProblem:
        profile = await _lock_profile(conn, staff_id)
        if profile is None:
            return CheckProblem.NO_AGENT
        check = profile.get(_CHECK, {})
        if not check.get("code") or check["until"] <= now or check["tries"] >= MOST_TRIES:
            return CheckProblem.OVER
        if not hmac.compare_digest(check["code"], code):
            await _store(conn, staff_id, {**profile, _CHECK: {**check, "tries": check["tries"] + 1}})
            return CheckProblem.WRONG
        await _store(conn, staff_id, {**profile, _CHECK: {"called_at": check["called_at"]}})
        number = str(check["number"])
        await put_number(conn, staff_id, number, now, by=staff_id)
        return number

    done = await db.write(unit)
    if isinstance(done, CheckProblem):
        raise CheckRefused(done)
    return done


async def _lock_profile(conn: Connection, staff_id: str) -> dict[str, Any] | None:
    """None if there is no such agent. Nobody else changes it until the end of the transaction."""
    person = await staff.lock(conn, staff_id)
    profile: dict[str, Any] = (
        orjson.loads(person.profile) if person is not None and person.disabled_at is None else {}
    )
    return profile if "routing" in profile else None


async def _store(conn: Connection, staff_id: str, profile: dict[str, Any]) -> None:
    await staff.set_profile(conn, staff_id, orjson.dumps(profile).decode())

"""The commands about staff: add-staff, reset-password, enable, disable, roles, queues.

The rule of this file: each works while hubs run, and they follow it within seconds. A password is printed once and
stored nowhere.
"""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from hub.access.passwords import hash_password
from hub.administration.seeding import add_staff
from hub.administration.staff_changes import (
    Person,
    disable,
    enable,
    read_people,
    reset_password,
    set_queues,
    set_roles,
)
from hub.settings.demo_data import SampleStaff
from hub.storage.database import Database
from hub.storage.hub_time import read_now
from hub.storage.migrations import check_schema
from hub.storage.staff import COMMAND_LINE
from routing.model import Micros


class StaffUnchanged(Exception):
    """The message is for the person who typed the command."""


@dataclass(frozen=True, slots=True)
class StaffCommands:
    """Each raises StaffUnchanged if it changes nothing, and StorageError."""

    database_url: str

    async def add(self, person: SampleStaff) -> str:
        db = await Database.open(self.database_url, read_connections=1)
        try:
            password = secrets.token_urlsafe(12)
            if not await add_staff(db, person, password, await read_now(db)):
                raise StaffUnchanged(f"Somebody already signs in as {person.id}.")
        finally:
            await db.close()
        return f"{person.name} signs in as {person.id} with {password} and then chooses another password."

    async def reset_password(self, staff_id: str) -> str:
        password = secrets.token_urlsafe(12)
        password_hash = hash_password(password)
        person = await self._change(
            staff_id, lambda db, now: reset_password(db, staff_id, password_hash, now, COMMAND_LINE)
        )
        more = f" {person.name} is disabled: `enable {staff_id}` lets them in." if person.is_disabled else ""
        return f"{person.name} signs in as {staff_id} with {password} and then chooses another password.{more}"

    async def enable(self, staff_id: str) -> str:
        person = await self._change(
            staff_id, lambda db, now: enable(db, staff_id, now, COMMAND_LINE), "{name} is not disabled."
        )
        return f"{person.name} may sign in again, with the password and the roles of before."

    async def disable(self, staff_id: str) -> str:
        person = await self._change(
            staff_id, lambda db, now: disable(db, staff_id, now, COMMAND_LINE), "{name} is already disabled."
        )
        return f"{person.name} may not sign in any more; open screens close within 5 seconds."

    async def roles(self, staff_id: str, roles: list[str]) -> str:
        if not roles:
            person = await self._change(staff_id, None)
            return f"{person.name}: {', '.join(person.roles)}"
        person = await self._change(staff_id, lambda db, now: set_roles(db, staff_id, roles, now, COMMAND_LINE))
        return (
            f"{person.name}: {', '.join(person.roles)}. Screens that these roles do not open close within 5 seconds."
        )

    async def queues(self, staff_id: str, queues: list[str]) -> str:
        if not queues:
            person = await self._change(staff_id, None)
            return f"{person.name}: {', '.join(person.queues) or 'no queue'}"
        person = await self._change(staff_id, lambda db, now: set_queues(db, staff_id, queues, now, COMMAND_LINE))
        return (
            f"{person.name}: {', '.join(person.queues)}. Agents serve these queues; supervisors read and steer them."
        )

    async def _change(
        self, staff_id: str, change: Callable[[Database, Micros], Awaitable[bool]] | None, unchanged: str = ""
    ) -> Person:
        """Make the change, and return the person as they are after it."""
        db = await Database.open(self.database_url, read_connections=1)
        try:
            await check_schema(db)
            known = {person.id: person for person in await read_people(db)}
            if staff_id not in known:
                there = ", ".join(known) or "nobody"
                raise StaffUnchanged(f"Nobody has the id {staff_id}. The ids are: {there}.")
            if change is not None and not await change(db, await read_now(db)):
                raise StaffUnchanged(unchanged.format(name=known[staff_id].name))
            return {person.id: person for person in await read_people(db)}[staff_id]
        finally:
            await db.close()

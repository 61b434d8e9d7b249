"""The commands about agents' telephones, and the remarks of check-config about them.

The rule of this file: a number is checked before anything is opened. `look_at_phones` reads a database and neither
creates nor changes it.
"""

import sys

from hub.administration.staff_commands import StaffUnchanged
from hub.administration.staff_phones import REFUSED_NUMBERS, NumberRefused, check_number, read_unanswered, set_number
from hub.sending.send_rules import build_rules
from hub.settings.config import Config
from hub.storage.database import Database, StorageError
from hub.storage.hub_time import read_now
from hub.storage.migrations import check_schema
from hub.storage.staff import COMMAND_LINE


def check_phone(settings: Config, text: str) -> str:
    """The number in E.164. Ends the command with the reason if the number may not be called."""
    try:
        return check_number(build_rules(settings), text)
    except NumberRefused as refused:
        countries = ", ".join(settings.channels.phone.countries) if settings.channels.phone else ""
        sys.exit(f"{text} cannot be called: {REFUSED_NUMBERS[refused.refusal].format(countries=countries)}")


async def set_phone(settings: Config, staff_id: str, number: str) -> str:
    """Returns a sentence that says what was done. Raises StaffUnchanged, StorageError."""
    db = await Database.open(settings.database_url, read_connections=1)
    try:
        if not await set_number(db, staff_id, number, await read_now(db), by=COMMAND_LINE):
            raise StaffUnchanged(f"There is no agent {staff_id}.")
    finally:
        await db.close()
    return f"Calls reach {staff_id} at {number}." if number else f"{staff_id} has no number."


async def look_at_phones(settings: Config) -> list[str]:
    """Remarks about queues whose calls nobody can answer. Empty if there is no database, or it cannot be read."""
    if settings.channels.phone is None or not settings.has_database:
        return []
    try:
        db = await Database.open(settings.database_url, read_connections=1)
    except StorageError:
        return []
    try:
        await check_schema(db)
        async with db.read() as conn:
            queues = await read_unanswered(conn, build_rules(settings))
    except StorageError:  # away, or not migrated
        return []
    finally:
        await db.close()
    if not queues:
        return []
    where = ", ".join(queues)
    return [
        f"phone: nobody can answer calls in {where}: no agent there has a telephone. Let them answer in their "
        "browsers (channels.phone.api_key_sid), or give each agent a number (python -m hub staff-phone ID "
        "+46701234567), or let them set it at the desk."
    ]

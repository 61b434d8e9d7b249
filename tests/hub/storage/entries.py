"""Entries of the audit trail, which the tests of the database write and read."""

from sqlalchemy import func, insert, select

from hub.storage.database import Connection, Database
from hub.storage.tables import audit

COUNT = select(func.count()).select_from(audit)


def entry(subject: str) -> dict[str, object]:
    return {"at": 1, "staff_id": "dot", "action": "looked", "subject": subject}


async def write_entry(db: Database, subject: str) -> None:
    async def unit(connection: Connection) -> None:
        await connection.execute(insert(audit), entry(subject))

    await db.write(unit)


async def read_subjects(db: Database) -> list[str]:
    async with db.read() as connection:
        return list((await connection.scalars(select(audit.c.subject).order_by(audit.c.id))).all())

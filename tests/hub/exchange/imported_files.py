"""A file of customers as the tests of imports stage it, and all that an import may change."""

from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import func, select

from hub.exchange.column_mapping import ColumnMapping
from hub.exchange.importing import Wish, stage
from hub.policies.document import PolicyDocument
from hub.storage.database import Database
from hub.storage.tables import address, customer


async def read(db: Database) -> Any:
    """Everything that an import may change. Ids of added customers are chance: their addresses say who they are."""
    async with db.read() as conn:
        c, a = customer.c, address.c
        of: dict[str, list[str]] = {}
        for row in await conn.execute(select(a.customer_id, a.address).order_by(a.address)):
            of.setdefault(row.customer_id, []).append(row.address)
        of_everybody = select(c.id, c.name, c.tier, c.language, c.profile)
        rows = (await conn.execute(of_everybody.where(func.coalesce(c.merged_into, c.id) != ""))).all()
    return sorted((of.get(row.id, []), row.name, row.tier, row.language, orjson.loads(row.profile)) for row in rows)


FILE = """Name,Mobile,E-mail,City,Value
Pia Lindqvist-Berg,+46701740101,,Uppsala,
,+46701740101,,Kiruna,1
王小明,+86 138 1234 5678,wang@post.example,北京,"1,234.5"
Nobody,,,Lund,
Anna,070-1,,Lund,
Åsa Öberg,0046 70 555 66 77,,Umeå,12
"""
MAPPING = ColumnMapping(("name", "phone", "email", "city", "value_now"))


async def staged(db: Database, document: PolicyDocument, path: Path, text: str | bytes = FILE) -> Any:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return await stage(db, Wish(path, path.name, "ada", MAPPING), document, 5)

"""Texts of scripts, kept by their hash.

The rule of this file: a text is kept before a run is pinned to it, and stays as it is.
"""

import hashlib
from collections.abc import Sequence

from sqlalchemy import insert, select

from hub.storage import tables
from hub.storage.database import Connection, Database
from scripts_library.model import Script


def text_ref(script: Script) -> str:
    return hashlib.sha256(script.source.encode()).hexdigest()


async def keep_script_texts(db: Database, scripts: Sequence[Script]) -> None:
    """Before a run can be pinned to one of these texts."""
    t = tables.script_text
    rows = {text_ref(s): {"ref": text_ref(s), "file": s.file, "source": s.source} for s in scripts}

    async def unit(conn: Connection) -> None:
        known = set(await conn.scalars(select(t.c.ref).where(t.c.ref.in_(list(rows)))))
        fresh = [row for ref, row in rows.items() if ref not in known]
        if fresh:
            await conn.execute(insert(t), fresh)

    await db.write(unit)

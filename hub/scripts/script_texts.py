"""Texts of scripts, stored by their hash.

The rule of this file: a text is stored before a run is pinned to it, and never changes.
"""

import hashlib
from collections.abc import Sequence

from hub.storage import script_runs
from hub.storage.database import Database
from hub.storage.script_runs import ScriptText
from scripts_library.script_parts import Script


def text_ref(script: Script) -> str:
    return hashlib.sha256(script.source.encode()).hexdigest()


async def store_script_texts(db: Database, scripts: Sequence[Script]) -> None:
    """Store these texts. Call it before a run can be pinned to one of them."""
    texts = [ScriptText(text_ref(script), script.file, script.source) for script in scripts]
    await db.write(lambda conn: script_runs.store_texts(conn, texts))

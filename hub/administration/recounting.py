"""`python -m hub recount-segments`: a check over all customers, with its progress.

The rule of this file: it changes nothing.
"""

import sys

from hub.clock import SystemClock
from hub.segments.segment_counting import Recount, recount, say_recount
from hub.storage.database import Database, StorageError


async def recount_all(url: str) -> tuple[str, bool]:
    """What was found, in words, and whether every member is where the definitions say."""
    try:
        db = await Database.open(url, read_connections=2)
    except StorageError as error:
        return str(error), False
    try:
        found = await recount(db, SystemClock().now(), _tell)
    except LookupError:
        return "The database has no policy yet: start the hub once.", False
    except StorageError as error:
        return str(error), False
    finally:
        await db.close()
    return "\n".join(say_recount(found)), not found.differences


def _tell(found: Recount) -> None:
    if sys.stderr.isatty():
        end = "\n" if found.is_done else ""
        sys.stderr.write(f"\r{found.customers:,} customers counted{end}")
        sys.stderr.flush()

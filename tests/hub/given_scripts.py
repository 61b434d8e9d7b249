"""The scripts of a test's hub: those that the test gave it, until something is published.

The rule of this file: what is published after the hub has begun comes into force as it does everywhere.
"""

from hub.scripts.published_scripts import PublishedScripts, read_mark


class GivenScripts(PublishedScripts):
    _has_begun = False

    async def refresh(self) -> bool:
        if not self._has_begun:
            self._has_begun = True
            async with self._db.read() as conn:
                self._mark = await read_mark(conn)
            return False
        return await super().refresh()

"""The pages of customers that are open at this process, each with a request that waits until its customer changes.

The rule of this file: it only wakes. Whoever is woken reads what is stored, and also reads it from time to time,
since a wake-up between processes may be lost. A page that nothing happens to costs one sleeping request.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Final

MOST_OF_ONE: Final = 20  # pages of one person that wait at this process


class TooManyPages(Exception):
    """This person has so many pages open that no other one waits."""


class OpenPages:
    def __init__(self, note: Callable[[str, bool], None] = lambda customer_id, is_open: None) -> None:
        """`note` gets the id of a customer whose first page here has opened, or whose last one has closed."""
        self._note = note
        self._by_customer: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._by_person: Counter[str] = Counter()
        self._is_closed = False

    @contextmanager
    def watch(self, staff_id: str, customer_ids: Collection[str]) -> Iterator[asyncio.Event]:
        """An event that is set at each change of one of these customers. Raises TooManyPages."""
        if self._by_person[staff_id] >= MOST_OF_ONE:
            raise TooManyPages
        self._by_person[staff_id] += 1
        changed = asyncio.Event()
        for one in customer_ids:
            if not self._by_customer[one]:
                self._note(one, True)
            self._by_customer[one].add(changed)
        try:
            yield changed
        finally:
            self._by_person[staff_id] -= 1
            for one in customer_ids:
                self._by_customer[one].discard(changed)
                if not self._by_customer[one]:
                    del self._by_customer[one]
                    self._note(one, False)

    async def wait(self, changed: asyncio.Event, seconds: float) -> bool:
        """False: nothing has changed in this time, or the process stops."""
        try:
            async with asyncio.timeout(0 if self._is_closed else seconds):
                await changed.wait()
        except TimeoutError:
            return False
        changed.clear()
        return not self._is_closed

    def wake(self, customer_ids: Collection[str]) -> None:
        if self._by_customer:
            for one in customer_ids:
                for changed in self._by_customer.get(one, ()):
                    changed.set()

    def wake_all(self) -> None:
        self.wake(tuple(self._by_customer))

    def close(self) -> None:
        """The process stops: whoever waits is answered, and asks another process."""
        self._is_closed = True
        self.wake_all()

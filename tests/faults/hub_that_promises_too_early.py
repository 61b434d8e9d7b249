"""A hub with a planted fault: what comes from outside is acknowledged while its commit is still under way."""

import asyncio
from collections.abc import Sequence

from channels.channel import Notice
from hub.__main__ import main as run_hub
from hub.batch.pending import HandOver
from hub.storage.inbox import Arrival, Inbox

_commits: set["asyncio.Task[list[int | None]] | asyncio.Task[bool]"] = set()


def main() -> None:
    store, decide = Inbox.put, HandOver.offer

    async def put(self: Inbox, arrivals: Sequence[Arrival]) -> list[int | None]:
        commit = asyncio.create_task(store(self, arrivals))
        if any(arrival.kind == "command" for arrival in arrivals):  # these wait for the router's word all the same
            return await commit
        _commits.add(commit)
        commit.add_done_callback(_commits.discard)
        return [None] * len(arrivals)

    async def offer(self: HandOver, arrivals: Sequence[Arrival], notices: Sequence[Notice]) -> bool:
        decision = asyncio.create_task(decide(self, arrivals, notices))
        _commits.add(decision)
        decision.add_done_callback(_commits.discard)
        return True

    Inbox.put, HandOver.offer = put, offer
    run_hub()

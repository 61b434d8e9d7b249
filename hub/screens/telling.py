"""Tells stored facts to desks, waiting commands, chats, senders, and the other processes.

The rule of this file: it runs after the commit. It may fail or be lost without harm: every listener can read the same
from storage, by number or by id.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Collection, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import structlog
from pydantic import BaseModel, ConfigDict, ValidationError

from agent_console.commands import CommandAnswer
from channels.webchat.webchat import WebchatChannel
from hub.batch.stored_batch import StoredBatch
from hub.bus import Bus, LocalBus
from hub.screens.channel_host import ChannelHost
from hub.screens.desk_feed import DeskFeed
from hub.screens.open_pages import OpenPages
from hub.storage.database import StorageUnavailable
from hub.storage.inbox import Inbox, StoredArrival

log = structlog.get_logger()

ANSWER_SECONDS = 15.0  # after that the screen is told to try again under the same id
LOOK_SECONDS = 1.0
KEPT = 2000  # answers that came before their command waited
MOST_TOLD = 100  # messages of a chat; the number shows its page that there are more, and the page reads on
GATHER_SECONDS = 0.1  # at a process with edges: other machines hear of several batches at once
TOLD = "told"


@dataclass(slots=True)
class ExpectedAnswer:
    key: str  # of the command
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    answer: str | None = None


class Answers:
    """Commands of this process that wait for their answer from the routing process."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._expected: dict[int, ExpectedAnswer] = {}
        self._early: OrderedDict[int, str | None] = OrderedDict()  # None: told by another process, and not read yet
        self._is_stopped = False

    def stop(self) -> None:
        """End all waits: this process stops. Each screen asks another process again under the same id."""
        self._is_stopped = True
        for expected in self._expected.values():
            expected.changed.set()

    def resolve(self, row_id: int, answer: str | None) -> None:
        """None: it is stored, and whoever waits reads it."""
        expected = self._expected.get(row_id)
        if expected is not None:
            expected.answer = answer
            expected.changed.set()
            return
        self._early[row_id] = answer
        if len(self._early) > KEPT:
            self._early.popitem(last=False)

    async def look_for(self, row_ids: Collection[int]) -> None:
        """Read the answers that another process has stored, those that are expected here in one read."""
        keys = {self._expected[row_id].key: row_id for row_id in row_ids if row_id in self._expected}
        for row_id in {*row_ids} - {*keys.values()}:
            self.resolve(row_id, None)
        if keys:
            for key, found in (await self._inbox.find_all(keys)).items():
                self.resolve(keys[key], _read_answer(found))

    async def wait(self, row_id: int, key: str) -> CommandAnswer:
        is_early, early = row_id in self._early, self._early.pop(row_id, None)
        if early is not None:
            return CommandAnswer.model_validate_json(early)
        expected = self._expected.setdefault(row_id, ExpectedAnswer(key))
        if is_early:
            expected.changed.set()
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                while True:
                    await _wait(expected.changed, LOOK_SECONDS)
                    expected.changed.clear()
                    answer = expected.answer or await self._find(key)
                    if answer is not None:
                        return CommandAnswer.model_validate_json(answer)
                    if self._is_stopped:
                        return CommandAnswer(code="unavailable")
        except TimeoutError:
            return CommandAnswer(code="unavailable")
        finally:
            self._expected.pop(row_id, None)

    async def _find(self, key: str) -> str | None:
        found = await self._inbox.find(key)
        return _read_answer(found) if found else None


def _read_answer(found: StoredArrival) -> str | None:
    """None where it is not decided yet."""
    if found.answer is None and found.problem is not None:
        return CommandAnswer(code="failed").model_dump_json()
    return found.answer


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass


class ToldElsewhere(BaseModel):
    """What one process says on the bus: where there is news, without its content. So a stranger who writes to the bus
    can make a process read the database, but cannot forge an event or a message."""

    model_config = ConfigDict(extra="forbid", strict=True)

    process: str
    agents: list[str]
    chats: dict[str, int]  # chat id: number of its first new message
    moved: list[str]  # chat ids
    answers: list[int]  # inbox ids
    customers: list[str] = []  # ids: their pages may show something else


@dataclass(slots=True)
class News:
    """What other processes are told of next."""

    agents: set[str] = field(default_factory=set)
    chats: dict[str, int] = field(default_factory=dict)
    moved: set[str] = field(default_factory=set)
    answers: list[int] = field(default_factory=list)
    customers: set[str] = field(default_factory=set)

    def add(self, told: StoredBatch) -> None:
        self.agents.update(agent for agent, _, _ in told.events)
        for chat_id, message in told.chat_messages:
            self.chats.setdefault(chat_id, message.number)
        self.moved.update(told.chats_moved)
        self.answers += [row_id for row_id, _ in told.answers]
        self.customers.update(told.customers)

    def write(self, process: str) -> str:
        """As a text for the bus; empty if there is nothing to tell."""
        if not (self.agents or self.chats or self.moved or self.answers or self.customers):
            return ""
        return ToldElsewhere(
            process=process,
            agents=sorted(self.agents),
            chats=self.chats,
            moved=sorted(self.moved),
            answers=self.answers,
            customers=sorted(self.customers),
        ).model_dump_json()


class Announcer:
    """Announces each stored batch to the screens and chats of this process, and to other processes over the bus."""

    def __init__(
        self,
        *,
        bus: Bus,
        process: str,
        feed: DeskFeed,
        answers: Answers,
        host: ChannelHost,
        webchat: WebchatChannel | None,
        wake_senders: Callable[[Collection[str]], None],
        tell_edges: Callable[[StoredBatch], None] | None = None,
        is_heard: Callable[[str], bool] = lambda process: False,
        pages: OpenPages | None = None,
    ) -> None:
        """`tell_edges` tells the edges of this process, if it has any; then the bus is for processes of other
        machines alone. `is_heard`: whether the process with this id tells this one directly, so that its words on the
        bus say nothing else."""
        self._tell_edges, self._is_heard = tell_edges, is_heard
        self._news = News()
        self._is_gathering = False
        self._bus, self._process, self._feed, self._answers = bus, process, feed, answers
        self._host, self._webchat, self._pages, self._wake_senders = host, webchat, pages or OpenPages(), wake_senders
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_alone = isinstance(bus, LocalBus)
        if not self._is_alone:
            bus.subscribe(TOLD, self._hear_soon)

    async def tell(self, told: StoredBatch) -> None:
        """Tell what this process has stored."""
        if self._tell_edges is not None:
            self._tell_edges(told)
        await self.tell_here(told)
        self._wake_senders(told.channels_to_send)
        if self._is_alone:
            return
        self._news.add(told)
        if self._tell_edges is None:
            await self._publish()
        elif not self._is_gathering:
            self._is_gathering = True
            self._do(self._publish_soon(), name="tell other machines")

    async def tell_here(self, told: StoredBatch) -> None:
        """Tell the screens and chats that are open in this process."""
        for row_id, answer in told.answers:
            self._answers.resolve(row_id, answer)
        self._pages.wake(told.customers)
        by_agent: dict[str, list[tuple[int, str]]] = {}
        for agent, number, event in told.events:
            by_agent.setdefault(agent, []).append((number, event))
        for agent, events in by_agent.items():
            await self._feed.tell(agent, events)
        if self._webchat is not None:
            for chat_id, message in told.chat_messages:
                await self._webchat.tell_message(chat_id, message)
            for chat_id, moved in told.chats_moved.items():
                await self._webchat.tell_chat(
                    chat_id, moved.state, None, number=moved.number, agent_name=moved.agent_name
                )

    async def _publish(self) -> None:
        news, self._news = self._news, News()
        if text := news.write(self._process):
            await self._bus.publish(TOLD, text)

    async def _publish_soon(self) -> None:
        await asyncio.sleep(GATHER_SECONDS)
        self._is_gathering = False
        await self._publish()

    def look_everywhere(self) -> None:
        """Something may have been missed: read what is stored for each desk that is open here."""
        self._pages.wake_all()
        for agent in self._feed.open_desks():
            self._feed.look(agent)

    def _hear_soon(self, text: str) -> None:
        self._do(self._hear(text), name="hear what was told")

    def _do(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _hear(self, text: str) -> None:
        if not text:  # the bus says that texts may have been lost
            self.look_everywhere()
            return
        try:
            told = ToldElsewhere.model_validate_json(text)
        except ValidationError:
            log.warning("ignored an unreadable text on the bus: another program may write to this Redis")
            return
        if told.process == self._process or self._is_heard(told.process):
            return
        self._pages.wake(told.customers)
        for agent in told.agents:
            self._feed.look(agent)
        with suppress(StorageUnavailable):  # whoever waits looks again by itself
            await self._answers.look_for(told.answers)
        if self._webchat is None:
            return
        for chat_id, number in told.chats.items():
            if self._webchat.is_open(chat_id):
                for message in await self._host.read_chat(chat_id, number - 1, MOST_TOLD):
                    await self._webchat.tell_message(chat_id, message)
        moved = [chat_id for chat_id in told.moved if self._webchat.is_open(chat_id)]
        if moved:
            for chat_id, (state, number, name) in (await self._host.read_standings(moved)).items():
                await self._webchat.tell_chat(chat_id, state, None, number=number, agent_name=name)

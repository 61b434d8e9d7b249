"""A stored batch as it is told to screens, chats, senders and other processes.

The rule of this file: it is put together after the commit, from what the batch has written.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from channels.channel import ChatMessage
from hub.batch.batch_writes import BatchWrites, ChatMoved
from hub.storage.inbox import Handled


@dataclass(frozen=True, slots=True)
class StoredBatch:
    """One stored batch: the facts that screens, chats and other processes are told."""

    events: tuple[tuple[str, int, str], ...] = ()  # (agent, number, event as JSON)
    answers: tuple[tuple[int, str], ...] = ()  # (inbox id, answer as JSON)
    chat_messages: tuple[tuple[str, ChatMessage], ...] = ()  # (chat id, message)
    chats_moved: Mapping[str, ChatMoved] = field(default_factory=dict)
    channels_to_send: frozenset[str] = frozenset()
    customers: frozenset[str] = frozenset()  # whose page may show something else
    is_live: bool = False  # an interaction or an agent went on: more than the rows of customers


def view_stored(writes: BatchWrites, numbers: Sequence[int], handled: Sequence[Handled]) -> StoredBatch:
    return StoredBatch(
        events=tuple((agent, number, event) for (agent, _, event), number in zip(writes.told, numbers, strict=True)),
        answers=tuple((h.id, h.answer) for h in handled if h.answer is not None),
        chat_messages=tuple(writes.chat_messages),
        chats_moved=writes.chats_moved,
        channels_to_send=frozenset(writes.channels_to_send),
        customers=frozenset(_list_customers(writes)),
        is_live=bool(writes.journal or writes.messages or writes.told),
    )


def _list_customers(writes: BatchWrites) -> Iterator[str]:
    yield from writes.customers_changed
    for interaction in (*writes.opened.values(), *writes.touched.values()):
        yield interaction.customer.id
    for message in writes.messages:
        yield message.customer_id
    for change in writes.profile_changes:
        yield change.customer_id

"""The policy in force: the numbered document, its routing form, its view, and the answers that the shell needs.

The rule of this file: a book is frozen; a new version of the policy is a new book.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from agent_console.views import AttributeView, CodeView, DispositionView, PolicyView, QueueView, TierView
from channels.registry import list_calls
from hub.policies.attributes import AttributePolicy
from hub.policies.channel_views import view_channels
from hub.policies.consents import ConsentPolicy
from hub.policies.document import CallbackPolicy, EntryPolicy, PolicyDocument, QueuePolicy, RecordingPolicy
from hub.policies.masking import Sight
from hub.policies.routing_form import build_routing_policy
from routing.model import SECOND, ChannelName, Micros, Occasion, Policy, TierId

KNOWN_FOR_SECONDS = 30 * 86_400  # how long an agent is remembered as the last one


@dataclass(frozen=True, slots=True)
class PolicyMoves:
    """The new place of open work whose queue a version lacks, and of customers whose tier it lacks. A key of `queues`
    is a queue, or a queue and one channel: vip, vip/sms. The moves form a chain: if the new queue has no place
    either, its own move applies next."""

    queues: Mapping[str, str] = field(default_factory=dict)
    tiers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PolicyBook:
    version: int
    document: PolicyDocument
    moves: PolicyMoves = PolicyMoves()
    wall_ahead: Micros = 0  # how far the wall clock is ahead of hub time; the calendar follows the wall clock

    @cached_property
    def routing(self) -> Policy:
        return build_routing_policy(self.document, self.version, self.wall_ahead)

    @cached_property
    def _queues(self) -> dict[str, QueuePolicy]:
        return {queue.id: queue for queue in self.document.queues}

    @cached_property
    def _channels(self) -> dict[str, tuple[ChannelName, ...]]:
        """By queue: the channels that it takes."""
        return {queue.id: self.document.channels_of(queue) for queue in self.document.queues}

    @cached_property
    def _tiers(self) -> frozenset[str]:
        return frozenset(tier.id for tier in self.document.tiers)

    @cached_property
    def zone(self) -> ZoneInfo:
        """The organisation's."""
        return ZoneInfo(self.document.time_zone)

    @cached_property
    def look_back(self) -> Micros:
        return look_back_seconds(self.document) * SECOND

    def get_entry(self, channel: ChannelName, our_address: str) -> EntryPolicy:
        """The entry for what customers send to `our_address`. If no entry names it, the first queue that takes the
        channel: no customer may be lost."""
        entry = self.document.find_entry(channel, our_address)
        if entry is not None:
            return entry
        queue = next(q for q in self.document.queues if channel in self._channels[q.id])
        return EntryPolicy(channel=channel, queue=queue.id)

    def takes(self, queue_id: str, channel: ChannelName, is_to_be_called: bool) -> bool:
        """Whether the queue has a place for it. `is_to_be_called`: its customer waits to be called back."""
        queue = self._queues.get(queue_id)
        return (
            queue is not None
            and channel in self._channels[queue_id]
            and (queue.callback is not None or not is_to_be_called)
        )

    def find_moved(self, queue_id: str, channel: ChannelName, is_to_be_called: bool) -> str | None:
        """The queue itself if it has a place for the interaction, else the queue to which its work was moved. None if
        no move names one."""
        seen: set[str] = set()
        queue: str | None = queue_id
        while queue is not None and queue not in seen:
            if self.takes(queue, channel, is_to_be_called):
                return queue
            seen.add(queue)
            queue = self.moves.queues.get(f"{queue}/{channel}", self.moves.queues.get(queue))
        return None

    def find_moved_tier(self, tier: str) -> str | None:
        """The tier itself if the policy has it, else the tier that replaces it. None if no move names one."""
        seen: set[str] = set()
        found: str | None = tier
        while found is not None and found not in seen:
            if found in self._tiers:
                return found
            seen.add(found)
            found = self.moves.tiers.get(found)
        return None

    def find_late_place(self, channel: ChannelName, our_address: str, is_to_be_called: bool) -> str | None:
        """The queue in which an interaction for `our_address` would enter if it has a place for it, else the first
        queue that has. None if none has."""
        entry = self.get_entry(channel, our_address).queue
        queues = (entry, *(queue.id for queue in self.document.queues))
        return next((queue for queue in queues if self.takes(queue, channel, is_to_be_called)), None)

    def find_queue(self, queue_id: str) -> QueuePolicy | None:
        return self._queues.get(queue_id)

    def find_text(self, message: str, language: str) -> str:
        """The policy's message in this language, else in the first language. Empty if there is no such message."""
        texts = next((one.texts for one in self.document.messages if one.id == message), {})
        return texts.get(language) or texts.get(self.document.languages[0], "")

    def find_language(self, message: str, language: str) -> str:
        """The language of what `find_text` gives: a voice reads a text in the language that it has."""
        texts = next((one.texts for one in self.document.messages if one.id == message), {})
        return language if texts.get(language) else self.document.languages[0]

    def takes_message(self, queue_id: str, occasion: Occasion) -> bool:
        """Whether a caller may leave a message when the queue does not keep them waiting on this occasion."""
        queue = self._queues.get(queue_id)
        rules = queue.overflow if queue else ()
        of_occasion = (rule for rule in rules if rule.occasion is occasion)
        of_calls = (rule for rule in of_occasion if not rule.channels or set(list_calls()) & set(rule.channels))
        rule = next(of_calls, None)
        return rule is not None and rule.action == "voicemail"

    def find_callback(self, queue_id: str) -> CallbackPolicy | None:
        queue = self._queues.get(queue_id)
        return queue.callback if queue else None

    def find_recording(self, queue_id: str, direction: str) -> RecordingPolicy | None:
        """How a call in this queue is recorded, None if it is not. `direction`: of the interaction, in or out."""
        queue = self._queues.get(queue_id)
        return queue.recording.get("called_out" if direction == "out" else "arriving") if queue else None

    def is_in_time(self, queue_id: str, channel: ChannelName, waited: Micros) -> bool | None:
        """None if the queue has no service level for the channel."""
        queue = self._queues.get(queue_id)
        level = queue.service_level.get(channel) if queue else None
        return waited <= level.seconds * SECOND if level else None

    def day_of(self, at: Micros) -> str:
        """The organisation's calendar day, as 2026-11-22."""
        return self._local(at).date().isoformat()

    def day_began_at(self, at: Micros) -> Micros:
        """The first instant of that day. It and `at` are in hub time."""
        midnight = self._local(at).replace(hour=0, minute=0, second=0, microsecond=0)
        return int(midnight.timestamp()) * SECOND - self.wall_ahead

    def read_local(self, local_at: str) -> Micros:
        """The instant, by the wall clock, at which the organisation's clock shows 2026-11-24T10:00. A time that is
        left out when the clocks go forward counts as one hour later; of one that comes twice, the first counts."""
        return int(datetime.fromisoformat(local_at).replace(tzinfo=self.zone).timestamp()) * SECOND

    def write_local(self, wall_at: Micros) -> str:
        """What the organisation's clock shows at this instant by the wall clock, as 2026-11-24T10:00."""
        return datetime.fromtimestamp(wall_at / SECOND, self.zone).strftime("%Y-%m-%dT%H:%M")

    def _local(self, at: Micros) -> datetime:
        return datetime.fromtimestamp((at + self.wall_ahead) / SECOND, UTC).astimezone(self.zone)

    def find_activity(self, disposition: str | None) -> str:
        """The kind of activity that this disposition tells of its customer; empty: none."""
        return next((one.activity for one in self.document.dispositions if one.code == disposition), "")

    @cached_property
    def attributes(self) -> Mapping[str, AttributePolicy]:
        return self.document.all_attributes

    def see_as(self, roles: Iterable[str], opened: frozenset[str] = frozenset()) -> Sight:
        """What people with these roles see of customers. `opened`: what was shown to one of them for a reason."""
        key = (frozenset(roles), opened)
        sight = self._sights.get(key)
        if sight is None:
            sight = Sight(self.attributes, self.document.masking, *key)
            if not opened:  # those with a role are few
                self._sights[key] = sight
        return sight

    @cached_property
    def _sights(self) -> dict[tuple[frozenset[str], frozenset[str]], Sight]:
        return {}

    @cached_property
    def consents(self) -> Mapping[str, ConsentPolicy]:
        """By purpose, all of them."""
        return self.document.all_consents

    @cached_property
    def view(self) -> PolicyView:
        document = self.document
        tiers = []
        for tier in sorted(document.tiers, key=lambda t: -t.order):
            starts = self.routing.tiers[TierId(tier.id)].head_start
            seconds = {str(c): None if start is None else start / SECOND for c, start in starts.items()}
            tiers.append(TierView(id=tier.id, names=dict(tier.names), order=tier.order, head_start_seconds=seconds))
        return PolicyView(
            version=self.version,
            wall_ahead=self.wall_ahead // 1000,
            organisation=document.organisation,
            languages=list(document.languages),
            channels=view_channels(),
            attributes=[view_attribute(name, one) for name, one in self.attributes.items() if one.on_card],
            currency=document.currency,
            tiers=tiers,
            queues=[
                QueueView(
                    id=q.id,
                    names=dict(q.names),
                    channels=list(self._channels[q.id]),
                    agents_may_take=q.agents_may_take,
                )
                for q in document.queues
            ],
            dispositions=[
                DispositionView(
                    code=d.code, names=dict(d.names), queues=list(d.queues), promises_callback=d.promises_callback
                )
                for d in document.dispositions
            ],
            boost_cap_seconds=document.timing.boost_cap_seconds,
            purposes=[CodeView(code=code, names=dict(names)) for code, names in document.purposes.items()],
            unavailable_reasons=[CodeView(code=r.code, names=dict(r.names)) for r in document.unavailable_reasons],
        )


def view_attribute(name: str, attribute: AttributePolicy) -> AttributeView:
    """The attribute as screens show it."""
    return AttributeView(
        name=name,
        type=attribute.type,
        names=dict(attribute.names),
        help=dict(attribute.help),
        unit=attribute.unit,
        choices=[CodeView(code=choice.value, names=dict(choice.names)) for choice in attribute.choices],
    )


def look_back_seconds(document: PolicyDocument) -> int:
    """How far back the policy uses a customer's past. 0 if it never does: then nothing need be read."""
    repeats = [boost.within_seconds for boost in document.boosts if boost.when == "repeat"]
    returns = [queue.return_seconds for queue in document.queues]
    known = [KNOWN_FOR_SECONDS for queue in document.queues if queue.preferred_seconds]
    return max([0, *repeats, *returns, *known])

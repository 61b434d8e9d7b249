"""What a customer agrees to or takes back while a batch is decided: into the ledger, and at once into open work.

The rule of this file: every consent of a batch is kept by `keep_consent`. Whoever asks the gates later in the same
batch hears of it, and a recording that its customer no longer wants ends with it.
"""

from typing import Final

from agent_console.fact_kinds import FactKind
from hub.batch import call_recordings
from hub.batch.batch import Batch
from hub.call_lifecycle import CallState
from hub.open_work.floor import OpenInteraction
from hub.sending.address_keys import consent_key
from hub.sending.consents import MARKETING, RECORDING, SERVICE, find_standing
from hub.storage.consents import Act, ConsentEntry, Source, stand

_FACTS: Final[dict[Act, FactKind]] = {
    "given": "consent_given",
    "withdrawn": "consent_withdrawn",
    "asked": "consent_asked",
}


def keep_consent(batch: Batch, entry: ConsentEntry, author: str = "") -> None:
    """`author`: who is named beside it in the transcript, if it belongs to an open interaction."""
    batch.writes.consents.append(entry)
    interaction = batch.floor.interactions.get(entry.interaction_id)
    if interaction is not None:
        data = {"purpose": entry.purpose, "address": entry.address, "source": entry.source}
        batch.add_fact(interaction, _FACTS[entry.act], data, author=author)
    if entry.act == "asked":
        return
    key, standing = (entry.kind, entry.address), stand(entry)
    scope = (entry.purpose, entry.channel)
    others = [one for one in batch.lookups.standings.get(key, ()) if (one.purpose, one.channel) != scope]
    batch.lookups.standings[key] = (*others, standing)
    if entry.purpose == RECORDING:
        for call in [one for one in batch.floor.interactions.values() if one.traits.is_call]:
            if consent_key(call.channel, call.address) == key:
                call.recording_consent = standing
                _follow(batch, call)


def take_stop(batch: Batch, interaction: OpenInteraction, source: Source, said: str) -> None:
    """The customer wants no more texts on this channel. A wish that stands already is not written again."""
    _take_word(batch, interaction, (SERVICE, MARKETING), "withdrawn", source, said)


def take_start(batch: Batch, interaction: OpenInteraction, source: Source, said: str) -> None:
    """The customer wants texts again. Marketing has its own question: one word does not answer it."""
    _take_word(batch, interaction, (SERVICE,), "given", source, said)


def _take_word(
    batch: Batch, interaction: OpenInteraction, purposes: tuple[str, ...], act: Act, source: Source, said: str
) -> None:
    kind, address = consent_key(interaction.channel, interaction.address)
    for purpose in purposes:
        standing = find_standing(batch.lookups.standings.get((kind, address), ()), purpose, interaction.channel)
        if standing is not None and standing.act == act:
            continue
        entry = ConsentEntry(
            kind=kind,
            address=address,
            purpose=purpose,
            act=act,
            source=source,
            at=batch.now,
            recorded_at=batch.now,
            channel=str(interaction.channel),
            said=said,
            customer_id=interaction.customer_id,
            interaction_id=interaction.id,
        )
        keep_consent(batch, entry)


def _follow(batch: Batch, call: OpenInteraction) -> None:
    """End the recording of a customer who wants none. One who has just agreed to theirs needs no other words."""
    call_recordings.follow_queue(batch, call)
    message = call_recordings.find_announced(batch, call)
    is_yes = call.recording_consent is not None and call.recording_consent.act == "given"
    if message and is_yes and call.call_state is CallState.TALKING and call.live_recording is None:
        call.announced = message
        call_recordings.begin(batch, call)
        batch.tell_changed(call)

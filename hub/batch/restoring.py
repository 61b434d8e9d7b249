"""Fills the floor and the router from rows: at start, at take-over, and after a batch that could not be stored.

The rule of this file: rows alone say what is true. `restore` gives the router and the floor of the process that wrote
the rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from agent_console.views import ReasonView
from channels.registry import REGISTRY
from hub.batch import desk_views
from hub.batch.agent_day import read_days
from hub.batch.lookups import load_customers
from hub.batch.telephone_legs import watch_leg
from hub.call_lifecycle import AGENT_LOST, CallState, PartyRole, PartyState, RecordingState
from hub.open_work.call_party import Party
from hub.open_work.call_recording import Recording
from hub.open_work.floor import Customer, Floor, OpenInteraction, Running
from hub.open_work.recent_counts import HOUR
from hub.open_work.staff import load_staff
from hub.policies.attributes import list_variable_types
from hub.policies.in_force import PolicyBook
from hub.policies.stored_versions import load_book
from hub.scripts.open_runs import restore_running
from hub.sending.address_keys import consent_key
from hub.sending.consents import Consents
from hub.sending.spending import costs
from hub.storage import (
    agents,
    appointments,
    consents,
    interactions,
    lease,
    offers,
    outbox,
    parties,
    recording_rows,
    script_runs,
    transcripts,
)
from hub.storage.codec import decode_as
from hub.storage.database import Connection
from hub.storage.documents import REQUESTS
from hub.storage.interactions import StoredInteraction
from hub.storage.parties import StoredParty
from hub.storage.recording_rows import StoredRecording
from hub.storage.script_runs import StoredRun
from routing.model import (
    DAY,
    AgentId,
    AgentRow,
    ChannelName,
    InteractionRow,
    InteractionState,
    Micros,
    Snapshot,
)
from routing.router import Router
from scripts_library.script_parsing import parse_stored
from scripts_library.variables import ANY_SEGMENT_TYPES, VariableTypes

_SAME = [name for name in interactions.COLUMNS if name not in ("reason", "channel", "state", "call_state")]
_RECORDING = [field.name for field in fields(StoredRecording)]
_PARTY = [field.name for field in fields(StoredParty)]
_COUNTED = ("TextOut", "CallAgent", "CallCustomer", "ConnectParty", "ReachAgent")  # requests that may cost


@dataclass(slots=True)
class Restored:
    floor: Floor
    router: Router
    book: PolicyBook
    agent_versions: dict[AgentId, int]
    next_journal: int
    next_sequence: int
    latest_now: Micros

    def next_deadline(self) -> Micros | None:
        """When the router or a call has something to do by itself."""
        agreed = self.floor.next_appointment_at()
        due_at = None if agreed is None else max(0, agreed - self.book.wall_ahead)
        of_calls = (self.floor.next_call_deadline(), self.floor.next_recording_due_at())
        known = (self.router.next_deadline(), *of_calls, due_at)
        return min((at for at in known if at is not None), default=None)


async def restore(conn: Connection, now: Micros) -> Restored:
    progress = await lease.read_progress(conn)
    book = await load_book(conn, progress.policy_version or None)
    if book is None:
        raise RuntimeError("the database holds no policy: run `hub apply` to publish the one in config.toml")
    floor = Floor(staff=await load_staff(conn))
    types = {**list_variable_types(book.attributes), **ANY_SEGMENT_TYPES}
    rows = await _load_interactions(conn, floor, types)
    agent_rows: list[AgentRow] = []
    versions: dict[AgentId, int] = {}
    for agent in await agents.list_all(conn):
        row = decode_as(AgentRow, agent.routing)
        agent_rows.append(row)
        versions[row.id] = agent.version
        floor.told[row.id] = desk_views.view_agent(row, agent.load)
    floor.appointments = {one.id: one for one in await appointments.list_planned(conn)}
    floor.today = await read_days(conn, book, now)
    floor.acting_desks = await agents.list_acting_desks(conn)
    for left in await outbox.list_left(conn, now - HOUR, _COUNTED):
        channel = ChannelName(left.channel)
        if channel in REGISTRY and costs(channel, REQUESTS.decode(left.body)):
            floor.last_hour[channel].add(left.created_at, left.customer_id)
    for reply in await transcripts.list_auto_replies(conn, now - DAY):
        floor.auto_replies.add(reply.at, reply.address)
    snapshot = Snapshot(
        policy_version=book.version,
        next_sequence=progress.next_sequence,
        now=progress.latest_now,
        interactions=tuple(sorted(rows, key=lambda r: r.id)),
        agents=tuple(sorted(agent_rows, key=lambda a: a.id)),
    )
    router = Router.restore(book.routing, snapshot, max(now, progress.latest_now))
    return Restored(floor, router, book, versions, progress.next_journal, progress.next_sequence, progress.latest_now)


async def _load_interactions(conn: Connection, floor: Floor, types: VariableTypes) -> list[InteractionRow]:
    found = await interactions.list_open(conn)
    customers = await load_customers(conn, {one.customer_id for one in found})
    open_offers = await offers.list_open(conn)
    runs = make_runs(await script_runs.list_open(conn), types)
    rows = []
    for one in found:
        interaction = make_interaction(one, customers[one.customer_id])
        interaction.offer_id = open_offers.get(interaction.id)
        interaction.runs = runs.get(interaction.id, {})
        floor.add(interaction)
        if interaction.routing is not None:
            rows.append(decode_as(InteractionRow, interaction.routing))
    if strangers := sorted({row.channel for row in rows} - set(REGISTRY)):
        raise RuntimeError(
            f"there is open work of {', '.join(strangers)}, and the hub has no such channel: restore its line in "
            "channels/registry.py"
        )
    calls = [one for one in floor.interactions.values() if one.traits.is_call]
    numbers = {consent_key(one.channel, one.address) for one in calls}
    known = Consents(standings=await consents.find_standings(conn, numbers))
    for call in calls:
        call.recording_consent = known.find_about_recording(call.channel, call.address)
    add_parties(floor.interactions, await parties.list_open(conn))
    for recording in map(make_recording, await recording_rows.list_unsettled(conn)):
        floor.add_recording(recording)
    for interaction in floor.interactions.values():
        if interaction.call_state in AGENT_LOST:
            floor.line_deadlines[interaction.id] = 0  # looked at once, which finds what is due and when
        for party in interaction.parties.values():
            if party.deadline_at is not None:
                floor.party_deadlines[party.id] = party.deadline_at
        watch_leg(floor, interaction)
    return rows


def make_interaction(one: StoredInteraction, customer: Customer) -> OpenInteraction:
    """The open interaction of a row, without its offer and its script runs."""
    return OpenInteraction(
        **{name: getattr(one, name) for name in _SAME},
        channel=ChannelName(one.channel),
        state=InteractionState(one.state),
        call_state=CallState(one.call_state),
        reason=ReasonView.model_validate_json(one.reason) if one.reason != "{}" else None,
        customer=customer,
    )


def add_parties(interactions: Mapping[str, OpenInteraction], stored: Sequence[StoredParty]) -> None:
    """Give each of these interactions its parties."""
    for one in stored:
        values = {name: getattr(one, name) for name in _PARTY}
        party = Party(**values | {"role": PartyRole(one.role), "state": PartyState(one.state)})
        interactions[one.interaction_id].parties[one.id] = party


def make_recording(one: StoredRecording) -> Recording:
    values = {name: getattr(one, name) for name in _RECORDING}
    return Recording(**values | {"state": RecordingState(one.state)})


def make_runs(stored: Sequence[StoredRun], types: VariableTypes) -> dict[str, dict[str, Running]]:
    """The script runs, by interaction and script. `types`: of the variables that the policy in force knows."""
    runs: dict[str, dict[str, Running]] = {}
    for one in stored:
        script = parse_stored(one.source, one.file, types)
        runs.setdefault(one.interaction_id, {})[one.script_id] = restore_running(script, one.run, one.steps)
    return runs

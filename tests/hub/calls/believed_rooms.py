"""What is so at the provider is what the hub believes, once it has heard all and all of its requests are done.

The rule of this file: it only looks, and says what differs.
"""

from collections.abc import Collection

from channels.channel import CallAgent, ConnectAgent, ConnectParty
from hub.call_lifecycle import IN_ROOM, LISTENING, CallState, PartyRole, PartyState
from hub.open_work.floor import Floor, OpenInteraction
from routing.model import InteractionState
from tests.hub.calls.provider_rooms import ProviderLeg, ProviderRooms


def check_rooms(rooms: ProviderRooms, floor: Floor, unsure: Collection[str]) -> None:
    """No customer is in a room in silence, the hub knows of all who are with one, and no telephone rings for nobody.
    `unsure`: the requests of which the hub had no answer, so it cannot know of their legs."""
    for leg in rooms.list_living():
        assert leg.state != "ringing" or leg.label in unsure or _is_wanted(floor, leg), f"{leg}"
        if leg.is_customer and leg.state == "present":
            assert rooms.hear(leg) != "silence", f"{leg}"
            call = floor.find_by_provider_ref(leg.id)
            if call is not None and call.call_state is not CallState.OVER:  # else it was left to others
                _check_known(rooms, leg, call)
            if call is not None and call.call_state in (CallState.TALKING, CallState.HELD):
                _check_state(rooms, leg, call)


def _is_wanted(floor: Floor, leg: ProviderLeg) -> bool:
    """Whether somebody is to talk on the telephone that rings."""
    if not isinstance(leg.request, ConnectAgent | CallAgent | ConnectParty):
        return True
    call = floor.find_by_provider_ref(leg.call_id)
    is_in_hand = call is not None and call.state is InteractionState.ACTIVE
    return call is not None and is_in_hand and leg.label in {call.leg_request, *call.parties}


def _check_known(rooms: ProviderRooms, customer: ProviderLeg, call: OpenInteraction) -> None:
    known = {customer.id, call.leg_ref, *(party.leg_ref for party in call.parties.values())}
    unseen = [leg for leg in rooms.find_present(customer.id) if leg.id not in known]
    assert unseen == [], f"{unseen} {call}"


def _check_state(rooms: ProviderRooms, customer: ProviderLeg, call: OpenInteraction) -> None:
    has_begun = customer.id in rooms.started
    assert customer.is_held == (call.call_state is CallState.HELD) or not has_begun, f"{customer} {call}"
    if has_begun and call.state is InteractionState.ACTIVE:
        _check_heard(rooms, customer.id, call)


def _check_heard(rooms: ProviderRooms, room: str, call: OpenInteraction) -> None:
    """Each leg is in the room and heard as its role says."""
    said: list[tuple[str, bool, bool, str]] = [(call.leg_ref, False, False, "")]
    for party in [one for one in call.parties.values() if one.state in IN_ROOM]:
        coaches = call.leg_ref if party.role is PartyRole.WHISPER else ""
        is_muted = party.role is PartyRole.MONITOR if party.role in LISTENING else party.is_muted
        said.append((party.leg_ref, is_muted, party.state is PartyState.HELD, coaches))
    for leg_id, *heard in said:
        leg = rooms.legs.get(leg_id)
        assert leg is not None and (leg.call_id, leg.state) == (room, "present"), f"{leg} {call}"
        assert [leg.is_muted, leg.is_held, leg.coaches] == heard, f"{leg} {call}"

"""The addresses of the phone's webhooks, and the way into a room.

The rule of this file: every address of a call is made here, so that a request and the webhook that it causes always
agree.
"""

from dataclasses import dataclass, replace
from urllib.parse import quote

from channels.channel import ConnectParty, LegRole, MenuState, WaitingPlace
from channels.phone.intents import JoinRoom, Record

INBOUND = "/channels/phone/inbound"
WAIT = "/channels/phone/wait"
CONFERENCE = "/channels/phone/conference"
STATUS = "/channels/phone/status"
ANSWERED = "/channels/phone/answered"
LOST = "/channels/phone/lost"
KEY = "/channels/phone/key"
MENU = "/channels/phone/menu"
RECORDING = "/channels/phone/recording"
RECORDED = "/channels/phone/recorded"
AGENT = "/channels/phone/agent"
AGENT_KEY = "/channels/phone/agent-key"
READY = "/channels/phone/ready"
READY_KEY = "/channels/phone/ready-key"
READY_STATUS = "/channels/phone/ready-status"
RINGING = "/channels/phone/ringing"
RINGING_TONE = "/channels/phone/ringing.wav"
MACHINE = "/channels/phone/machine"
MUSIC = "/channels/phone/music.wav"
ECHO = "/channels/phone/echo"
ECHO_SAID = "/channels/phone/echo-said"
ECHO_HEARD = "/channels/phone/echo-heard"
ECHO_OVER = "/channels/phone/echo-over"
ECHO_SOUND = "/channels/phone/echo.wav"


@dataclass(frozen=True, slots=True)
class Rooms:
    """`base`: the hub's address as the provider sees it. `number`: how often the customer has heard the wait
    words."""

    base: str

    def join(self, call_id: str, number: int = 0) -> JoinRoom:
        """Let the customer wait in the room that is named by the call id."""
        return JoinRoom(call_id, LegRole.CUSTOMER, self.wait_url(call_id, number), self.base + CONFERENCE)

    def join_agent(self, call_id: str, outbox_id: str, party: ConnectParty | None = None) -> JoinRoom:
        """Let an agent's own telephone into the customer's room. Its label is the request that called it. `party`:
        that request, if it is about a party."""
        room = JoinRoom(call_id, LegRole.AGENT, "", self.base + CONFERENCE, outbox_id)
        if party is None:
            return room
        return replace(room, starts=False, is_muted=party.is_muted, coaches=party.coaches)

    def join_ready_agent(self, call_id: str, label: str) -> JoinRoom:
        """Let an agent who calls out into the room of the person whom they call. They hear the ringing until then."""
        return JoinRoom(call_id, LegRole.AGENT, self.base + RINGING, self.base + CONFERENCE, label)

    def ready_url(self, outbox_id: str) -> str:
        """The address that is asked what to do when an agent who calls out has picked up."""
        return f"{self.base}{READY}?o={quote(outbox_id)}"

    def ready_key_url(self, outbox_id: str) -> str:
        """The address that gets the key that such an agent pressed."""
        return f"{self.base}{READY_KEY}?o={quote(outbox_id)}"

    def ready_status_url(self, outbox_id: str) -> str:
        """The address that gets the end of such an agent's leg."""
        return f"{self.base}{READY_STATUS}?o={quote(outbox_id)}"

    def machine_url(self, outbox_id: str) -> str:
        """The address that hears later whether a machine has answered."""
        return f"{self.base}{MACHINE}?o={quote(outbox_id)}"

    def agent_url(self, call_id: str, outbox_id: str) -> str:
        """The address that tells whoever has answered an agent's telephone who is calling."""
        return f"{self.base}{AGENT}?call={quote(call_id)}&o={quote(outbox_id)}"

    def agent_key_url(self, call_id: str, outbox_id: str) -> str:
        """The address that gets the key pressed on an agent's telephone."""
        return f"{self.base}{AGENT_KEY}?call={quote(call_id)}&o={quote(outbox_id)}"

    def status_url(self, call_id: str, outbox_id: str) -> str:
        """The address that gets the progress of an agent's leg."""
        return f"{self.base}{STATUS}?call={quote(call_id)}&o={quote(outbox_id)}"

    def wait_url(self, call_id: str, number: int = 0) -> str:
        return f"{self.base}{WAIT}?call={quote(call_id)}&n={number}"

    def lost_url(self, language: str) -> str:
        """What a customer hears whose agent's line is lost."""
        return f"{self.base}{LOST}?language={quote(language)}"

    def key_url(self, call_id: str, number: int, place: WaitingPlace) -> str:
        """The address that gets the key a waiting customer pressed, with those that they were offered."""
        keys = f"key={place.callback_key}&at={place.appointment_key}&language={quote(place.language)}"
        return f"{self.base}{KEY}?call={quote(call_id)}&n={number}&{keys}"

    def menu_url(self, call_id: str, state: MenuState, keys: str = "", speech: str = "", tries: int = 0) -> str:
        """The address that gets a caller's answer to a page of a menu. `keys`, `speech`: the answer itself, if the
        hub was late and asks the provider to come again."""
        place = f"call={quote(call_id)}&menu={quote(state.menu)}&language={quote(state.language)}"
        if state.place:
            place += f"&at={quote(state.place)}"
        again = f"&d={quote(keys)}&s={quote(speech)}&t={tries}" if tries else ""
        return f"{self.base}{MENU}?{place}&n={state.number}&m={state.misses}{again}"

    def answered_url(self, outbox_id: str, tries: int = 0) -> str:
        """The address that is asked what to do when the customer whom this request called has answered."""
        return f"{self.base}{ANSWERED}?o={quote(outbox_id)}{_count(tries)}"

    def inbound_url(self, tries: int) -> str:
        """The address that an arriving call asks again, because the hub was late."""
        return f"{self.base}{INBOUND}?{_count(tries).removeprefix('&')}"

    def recording_url(self, call_id: str) -> str:
        """The address that hears when the recording of this call begins and is over."""
        return f"{self.base}{RECORDING}?call={quote(call_id)}"

    def record(self, language: str) -> Record:
        """Let the customer leave a message, and then tell them that we have it."""
        return Record(f"{self.base}{RECORDED}?language={quote(language)}", self.base + RECORDING)


def _count(tries: int) -> str:
    return f"&n={tries}" if tries else ""

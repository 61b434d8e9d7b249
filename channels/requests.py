"""What the hub may ask a channel to do: send a text, call somebody, hold, speak, hang up.

The rule of this file: plain data. `channel.py` exports every name. A request carries the unique id of its row in the
outbox, and each retry carries the same one.
"""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class TextOut:
    """A message to send. `outbox_id` is stable over retries and unique. `chat_id` and `number` stand in rows of an
    earlier release alone."""

    outbox_id: str
    to_address: str
    from_address: str
    text: str
    subject: str = ""
    reply_token: str = ""  # email: goes into the Reply-To address
    answers: tuple[str, ...] = ()  # email: Message-IDs, oldest first, for In-Reply-To and References
    is_automatic: bool = False  # email: sent with Auto-Submitted: auto-replied
    chat_id: str = ""
    number: int = 0
    author: str = ""  # email: the name to show
    sent_at: int = 0  # email: the instant of its Date, by the wall's clock


@dataclass(frozen=True, slots=True)
class ConnectAgent:
    """Bring the agent's softphone into the call's room."""

    outbox_id: str
    call_id: str
    agent_address: str  # client:ada
    from_address: str


@dataclass(frozen=True, slots=True)
class CallAgent:
    """Call the agent's own telephone. Whoever answers hears who is calling and which key to press. Only the key lets
    them into the call's room, so a mailbox never gets in."""

    outbox_id: str
    call_id: str
    to_address: str  # E.164
    from_address: str


@dataclass(frozen=True, slots=True)
class ReachAgent:
    """Call the telephone of an agent who calls out. Once they are on the line, they hear the ringing tone and are
    reported as ready; nobody else has been called by then."""

    outbox_id: str
    agent_address: str  # client:ada, or E.164
    from_address: str


@dataclass(frozen=True, slots=True)
class BringAgent:
    """Move the leg of an agent who is ready into the room of the person whom they call."""

    outbox_id: str
    call_id: str
    leg_id: str
    label: str  # of the leg in the room


@dataclass(frozen=True, slots=True)
class HoldCall:
    outbox_id: str
    call_id: str
    leg_id: str  # the customer's leg
    on: bool
    is_waiting: bool = False  # they wait for another agent, and hear their place
    is_agent_lost: bool = False  # they hear that the agent, whose line is lost, is called again
    language: str = ""  # the customer's


@dataclass(frozen=True, slots=True)
class HangUp:
    """End a leg. If it is the customer's, the call is over."""

    outbox_id: str
    call_id: str
    leg_id: str


@dataclass(frozen=True, slots=True)
class ConnectParty:
    """Ring somebody into the call's room, beside its customer and the agent who holds it. The outbox id is the label
    of their leg. With `asks_key`, whoever answers is asked for the key, as agents are on telephones of their own."""

    outbox_id: str
    call_id: str
    to_address: str  # E.164, or client: and an agent's id
    from_address: str
    ring_seconds: int
    asks_key: bool = False
    is_muted: bool = False  # they hear and are not heard
    coaches: str = ""  # the id of the one leg that hears them; empty: everybody does
    is_beep_heard: bool = False  # as they come and go


@dataclass(frozen=True, slots=True)
class UpdateParty:
    """Change how a leg takes part in its room; None leaves it as it is. `coaches`: as in ConnectParty."""

    outbox_id: str
    call_id: str
    leg_id: str
    is_muted: bool | None = None
    is_held: bool | None = None
    coaches: str | None = None
    ends_room: bool | None = None  # whether the room ends as they leave


class After(StrEnum):
    """What happens to a call after its customer has heard the words."""

    RETURN = "return"  # the customer goes on waiting in the room
    RECORD = "record"  # the customer may leave a message, then it ends
    END = "end"


@dataclass(frozen=True, slots=True)
class Speak:
    """Take a waiting customer out of the room and say some words to them."""

    outbox_id: str
    call_id: str
    text: str
    language: str
    then: After


class DetectMachine(StrEnum):
    """How the provider finds out whether a machine has answered, if the settings want that at all. Nobody waits for
    it: a person who answers hears our words at once."""

    LATER = "later"  # while they talk already
    BEEP = "beep"  # while they talk already, and a machine is reported when it begins to record


@dataclass(frozen=True, slots=True)
class CallCustomer:
    """Call a customer. They hear the text, if there is one, then join the call's room. `CallAnswered` says whether
    they heard what was announced."""

    outbox_id: str
    to_address: str
    from_address: str
    text: str
    language: str
    ring_seconds: int
    detect: DetectMachine = DetectMachine.LATER
    announced: str = ""  # the policy's message in the text that says that the call is recorded


@dataclass(frozen=True, slots=True)
class FetchVoicemail:
    """Find the message left on an ended call, and report it. If there is none, the receipt is empty."""

    outbox_id: str
    call_id: str


@dataclass(frozen=True, slots=True)
class StartRecording:
    """Record the customer's leg, in two channels: what they say, and what they hear. It begins once they are in the
    call's room, so after all words that they hear on the way there. The receipt has the id of the recording."""

    outbox_id: str
    call_id: str


class RecordingChange(StrEnum):
    PAUSE = "pause"  # from then on it is silence, which lasts as long as the pause
    RESUME = "resume"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class ChangeRecording:
    """Pause a recording, let it go on, or end it. The receipt says that the provider has confirmed it. If nobody
    knows, the outcome is unknown; a later answer never comes."""

    outbox_id: str
    call_id: str
    recording_id: str
    change: RecordingChange


@dataclass(frozen=True, slots=True)
class FetchRecordings:
    """Fetch the recordings of a call by policy, and report each that has not been reported, or whose id is among
    `lost`: its stored sound is not whole. The receipt is empty if the provider has none."""

    outbox_id: str
    call_id: str
    lost: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DeleteRecording:
    """Delete a recording at the provider, if its stored sound still has this checksum. One that the provider does not
    know counts as deleted."""

    outbox_id: str
    call_id: str
    recording_id: str
    media: str  # ref
    sha256: str


@dataclass(frozen=True, slots=True)
class CallWebhook:
    """Ask another system that a script names. The receipt has the values of its answer that are wanted."""

    outbox_id: str  # by which the other system knows a request that comes again
    webhook: str  # its name in the settings, which alone know its address
    body: str  # JSON
    wanted: tuple[str, ...] = ()  # names in the answer; without any, the answer is not read


Request = (
    TextOut
    | ConnectAgent
    | CallAgent
    | ConnectParty
    | UpdateParty
    | ReachAgent
    | BringAgent
    | HoldCall
    | HangUp
    | Speak
    | CallCustomer
    | FetchVoicemail
    | StartRecording
    | ChangeRecording
    | FetchRecordings
    | DeleteRecording
    | CallWebhook
)


class AnswerKind(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    YES_NO = "yes_no"


@dataclass(frozen=True, slots=True)
class AnswerValue:
    """One value of a webhook's answer. `text`: a number as -12.5, without an exponent; yes or no."""

    name: str
    kind: AnswerKind
    text: str


@dataclass(frozen=True, slots=True)
class Receipt:
    provider_id: str
    answer: tuple[AnswerValue, ...] = ()  # of a webhook


class ChannelError(Exception):
    """A request to the provider did not succeed.

    `retry`: the same request may be tried again later, not before `after_seconds`. `outcome_known`: False if the
    bytes left and no clear answer came. Then the request may have been carried out, and `retry` is False. `code`: the
    provider's code, or ours. `whose`: where the fault lies: "ours" (configuration), "provider", "customer" (the
    address cannot be reached).
    """

    def __init__(
        self,
        what: str,
        *,
        code: str,
        retry: bool = False,
        outcome_known: bool = True,
        whose: str = "provider",
        after_seconds: float = 0.0,
    ) -> None:
        super().__init__(what)
        self.what, self.code, self.retry, self.outcome_known = what, code, retry, outcome_known
        self.whose, self.after_seconds = whose, after_seconds

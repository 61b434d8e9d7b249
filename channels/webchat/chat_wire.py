"""The wire of a chat: Socket.IO namespace `/webchat`, between the widget on a page and the hub.

The rule of this file: every event that a client may send has its model here, and an event without one is refused.
Instants are integer milliseconds since 1970 UTC. Each client event is acknowledged with an object; an object with
a `code` is a refusal.

Client to hub:
    open(Open) -> {chat_id, token, state, position, minutes, messages, has_more}
        Sent first on every connection, and when a number is missing. Without a chat id a new chat begins; the hub
        hears of it with its first message. `has_more`: open again after the last number given.
    say(Say) -> {id, ok: true}          it is stored for good; the same id again is the same message
    received(Received) -> {ok: true}    the messages above `after`, up to `number`, have arrived or been seen
    typing({}) -> {ok: true}
    leave(Leave) -> {ok: true}          the customer ends the chat
    call_times({}) -> {times, calls}    when they may ask to be called, and the calls that they have asked for
    ask_call(AskCall) -> {id, call, refused}
        They ask to be called. call: it is agreed; refused: why it is not, as in hub.sending.refusals; neither: it is
        stored and not decided, so ask again with the same id.
    consents({}) -> {questions}         what they are asked to agree to, once the chat has begun
    answer_consent(AnswerConsent) -> {ok: true}   they agree, or say no
    A question is {purpose, version, language, text}.
    cancel_call(CancelCall) -> {ok: true}   they take back a call that this chat asked for
    A call is {id, at, number, topic}.
Hub to client; `number` is that of the chat's newest message, or 0 if the hub does not know it:
    message({number, message_id, author, author_name, text, at})   numbers grow by one; after a gap: open
    position({position, minutes, number})  it waits at this place; 1 is the next. minutes: the expected wait, or null
    state({state, number, agent_name})  "waiting", "active" or "closed"
    typing({})                          the agent is writing
Refusals:
    too_fast            wait a second
    too_many_messages   of this chat; too_many_chats: of this address or site. Wait some minutes
    too_many_calls      asked for by this chat or address. Wait an hour
    try_again           the hub cannot store or read at the moment
    bad_request         never right: unknown event, wrong shape, text too long
    bad_character, bad_number   never right: no database stores it; `field` says where
    not_open            open first
    unknown_chat        the token does not prove the chat: begin a new one
    identity_refused    open without an identity, or with a fresh one
"""

from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from channels.channel import AskedCall, ChatMessage

NAMESPACE = "/webchat"
PAGE = 100  # messages in one answer
TEXT_LIMIT = 4_000

Answer = dict[str, object]


class EventRefused(Exception):
    """The event changes nothing, and its answer is `code`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def refuse_nul(text: str) -> str:
    """Raise ValueError if there is a NUL, the one character that PostgreSQL does not store."""
    if "\0" in text:
        raise ValueError("a NUL cannot be stored")
    return text


def require_words(text: str) -> str:
    if not (said := refuse_nul(text).strip()):
        raise ValueError("nothing is said")
    return said


class Event(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


MessageId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Number = Annotated[int, Field(ge=0, le=2**53)]
Line = Annotated[str, StringConstraints(max_length=200, strip_whitespace=True), AfterValidator(refuse_nul)]


class Open(Event):
    chat_id: Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{32})?$")] = ""
    token: Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{64})?$")] = ""
    language: Annotated[str, StringConstraints(pattern=r"^([A-Za-z0-9-]{2,35})?$")] = ""
    page: Annotated[str, StringConstraints(max_length=500), AfterValidator(refuse_nul)] = ""
    name: Line = ""
    identity: Annotated[str, StringConstraints(max_length=4_000)] = ""  # see webchat_identity
    after: Number = 0


class Say(Event):
    id: MessageId
    text: Annotated[str, StringConstraints(max_length=TEXT_LIMIT), AfterValidator(require_words)]


class Received(Event):
    after: Number
    number: Number
    is_read: bool = False


class Typing(Event):
    pass


class Leave(Event):
    id: MessageId = "1"  # another id if a chat is left again that was taken up again


class CallTimes(Event):
    pass


class AskCall(Event):
    id: MessageId
    at: Number  # milliseconds since 1970 UTC
    number: Annotated[str, StringConstraints(max_length=40, strip_whitespace=True), AfterValidator(refuse_nul)]
    topic: Line = ""
    time_zone: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_+/-]{0,64}$")] = ""


class CancelCall(Event):
    id: MessageId


class Consents(Event):
    pass


class AnswerConsent(Event):
    id: MessageId
    purpose: Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,16}$")]
    version: Annotated[int, Field(ge=1, le=1_000_000)]
    language: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{2,16}$")]
    is_given: bool


EVENTS: dict[str, type[Event]] = {
    "open": Open,
    "say": Say,
    "received": Received,
    "typing": Typing,
    "leave": Leave,
    "call_times": CallTimes,
    "ask_call": AskCall,
    "cancel_call": CancelCall,
    "consents": Consents,
    "answer_consent": AnswerConsent,
}


def parse_event(name: str, data: Sequence[object]) -> Event:
    """The event as its model. Raises EventRefused if it is unknown or malformed."""
    model = EVENTS.get(name)
    if model is None or len(data) > 1:
        raise EventRefused("bad_request")
    try:
        return model.model_validate(data[0] if data else {})
    except ValidationError as invalid:
        raise EventRefused("bad_request") from invalid


def build_message(message: ChatMessage) -> Answer:
    return {
        "number": message.number,
        "message_id": message.message_id,
        "author": message.author,
        "author_name": message.author_name,
        "text": message.text,
        "at": message.at // 1000,
    }


def build_call(call: AskedCall) -> Answer:
    return {"id": call.id, "at": call.at // 1000, "number": call.address, "topic": call.note}

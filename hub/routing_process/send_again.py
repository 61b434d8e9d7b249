"""When a request to a provider is tried again.

The rule of this file: a request that may have been carried out is tried again only if carrying it out twice does no
harm. Somebody at a desk or on the line hears within seconds that a request failed. The end of a leg is asked for
until it has come.
"""

from typing import Final

from channels.channel import (
    BringAgent,
    CallAgent,
    CallCustomer,
    CallWebhook,
    ChangeRecording,
    ChannelError,
    ConnectAgent,
    ConnectParty,
    DeleteRecording,
    FetchRecordings,
    FetchVoicemail,
    HangUp,
    HoldCall,
    ReachAgent,
    Request,
    Speak,
    StartRecording,
    UpdateParty,
)
from routing.model import SECOND, Micros

# Requests that check before they act, or that do no harm if repeated
REPEATABLE: Final = frozenset(
    kind.__name__
    for kind in (
        *(BringAgent, ConnectAgent, FetchVoicemail, HangUp, HoldCall, Speak, UpdateParty),
        *(StartRecording, ChangeRecording, FetchRecordings, DeleteRecording),
        CallWebhook,  # its receiver knows the id, and drops what it has seen
    )
)
RETRY_SECONDS: Final = (1, 4, 15, 60, 240)  # waits between tries; after the last one the request has failed
SOON_SECONDS: Final = (1, 4)  # the same, while somebody waits to see or hear what became of it
LAST_WAIT: Final = 15  # seconds between tries of what must be done
MOST_TRIES: Final = 960  # of what must be done: the provider ends each call after four hours
DIALLED_WITHIN: Final = 60 * SECOND
ASKED_WITHIN: Final = 30 * SECOND
_DIALS = ConnectAgent | CallAgent | ConnectParty | ReachAgent | CallCustomer
_SOMEBODY_WAITS = _DIALS | BringAgent | HoldCall | UpdateParty


def is_too_late(request: Request, age: Micros) -> bool:
    """Whether the moment has gone for which this call was to be made: the hub was away, or could not send. A
    telephone that rings then has nobody behind it, and nobody waits any more for what a webhook says. `age`: since
    the request was made."""
    if isinstance(request, CallWebhook):
        return age > ASKED_WITHIN
    return isinstance(request, _DIALS) and age > DIALLED_WITHIN


def find_wait(request: Request, tries: int, error: ChannelError) -> float | None:
    """Seconds until this request is tried again after it failed for the `tries`th time. None: it has failed."""
    if isinstance(request, ChangeRecording | CallWebhook):
        return None  # the one is tried a few times at once: an agent waits; the other once, and again by the agent
    if not (error.retry or _may_be_repeated(request, error)):
        return None
    if isinstance(request, HangUp) or (isinstance(request, HoldCall) and request.is_waiting):
        waits = [*SOON_SECONDS, *[LAST_WAIT] * (MOST_TRIES - len(SOON_SECONDS))]
    else:
        waits = list(SOON_SECONDS if isinstance(request, _SOMEBODY_WAITS) else RETRY_SECONDS)
    if tries > len(waits) or (isinstance(request, _SOMEBODY_WAITS) and error.after_seconds > LAST_WAIT):
        return None
    return max(waits[tries - 1], error.after_seconds)


def _may_be_repeated(request: Request, error: ChannelError) -> bool:
    """Whether to try again what the provider did not ask us to. A leg that it refuses to end is there still, and
    whoever is on it hears a call in which they have no part: perhaps our credentials have to be repaired first."""
    if error.outcome_known:
        return isinstance(request, HangUp) and error.whose == "ours"
    return type(request).__name__ in REPEATABLE

"""The REST requests: every parameter of the provider's OpenAPI file, with its type and pattern.

The rule of this file: it refuses whatever that file refuses; a test tries each entry of the file. Parameters are also
checked if the sandbox does not use them.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, TypeVar, get_origin
from urllib.parse import parse_qsl, urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_pascal

from channels.sandbox.errors import ApiError
from channels.twilio.account import CALL_SID


def _check_url(value: str) -> str:
    url = urlsplit(value)
    if url.scheme not in ("http", "https") or not url.hostname:
        raise ValueError("is no address")
    return value


def _check_flag(value: object) -> object:
    if value not in ("true", "false"):
        raise ValueError("is not true or false")
    return value == "true"


def _check_number(value: object) -> object:
    if not (isinstance(value, str) and value.removeprefix("-").isdecimal() and value.isascii()):
        raise ValueError("is no number")
    return int(value)


def _check_label(value: str) -> str:
    if len(value) > 128 or "/" in value or CALL_SID.fullmatch(value):
        raise ValueError("is no label")
    return value


def _sid(prefix: str) -> Any:
    return Field(pattern=f"^{prefix}[0-9a-fA-F]{{32}}$")


Url = Annotated[str, AfterValidator(_check_url)]
Flag = Annotated[bool, BeforeValidator(_check_flag)]
Number = Annotated[int, BeforeValidator(_check_number)]
Method = Literal["GET", "POST"]
PhoneNumber = Annotated[str, Field(pattern=r"^\+[1-9][0-9]{6,14}$")]
Endpoint = Annotated[str, Field(pattern=r"^(\+[1-9][0-9]{6,14}|client:[^\s]+|sips?:[^\s]+|app:AP[0-9a-fA-F]{32})$")]
Caller = Annotated[str, Field(pattern=r"^(\+[1-9][0-9]{6,14}|client:[^\s]+|[0-9A-Za-z_.+-]+)$")]
CallSid = Annotated[str, _sid("CA")]


class Form(BaseModel):
    """`codes`: the provider's error for a parameter that is missing or wrong."""

    model_config = ConfigDict(alias_generator=to_pascal, frozen=True)
    codes: ClassVar[Mapping[str, tuple[int, str]]] = {}


class CreateMessage(Form):
    codes = {
        "To": (21211, "The 'To' number is not a valid phone number."),
        "From": (21603, "A 'From' phone number is required."),
        "StatusCallback": (21609, "The 'StatusCallback' URL is not a valid URL."),
        "MediaUrl": (21620, "Invalid media URL(s)"),
    }

    to: PhoneNumber
    from_: Annotated[str | None, Field(alias="From")] = None
    body: str | None = None
    status_callback: Url | None = None
    application_sid: Annotated[str, _sid("AP")] | None = None
    max_price: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    provide_feedback: Flag | None = None
    attempt: Number | None = None
    validity_period: Number | None = None
    force_delivery: Flag | None = None
    content_retention: Literal["retain", "discard"] | None = None
    address_retention: Literal["retain", "obfuscate"] | None = None
    smart_encoded: Flag | None = None
    persistent_action: list[str] = []
    traffic_type: Literal["free"] | None = None
    shorten_urls: Flag | None = None
    schedule_type: Literal["fixed"] | None = None
    send_at: str | None = None
    send_as_mms: Flag | None = None
    content_variables: str | None = None
    risk_check: Literal["enable", "disable"] | None = None
    fallback_from: PhoneNumber | None = None
    messaging_service_sid: Annotated[str, _sid("MG")] | None = None
    media_url: list[Url] = []
    content_sid: Annotated[str, _sid("HX")] | None = None


class UpdateMessage(Form):
    body: Literal[""] | None = None  # the only change of a body is its redaction
    status: Literal["canceled"] | None = None


class _Dialling(Form):
    """The parameters that creating a call and creating a participant share."""

    codes = {
        "To": (21211, "The phone number you are attempting to call is not valid."),
        "From": (21212, "The source phone number provided is not valid."),
        "Url": (21205, "Url is not a valid URL."),
        "StatusCallback": (21609, "The 'StatusCallback' URL is not a valid URL."),
    }

    to: Endpoint
    from_: Annotated[Caller, Field(alias="From")]
    status_callback: Url | None = None
    status_callback_method: Method = "POST"
    status_callback_event: list[str] = []
    timeout: Number = 60
    record: Flag | None = None
    recording_channels: str | None = None
    recording_status_callback: Url | None = None
    recording_status_callback_method: Method | None = None
    recording_status_callback_event: list[str] = []
    recording_track: str | None = None
    sip_auth_username: str | None = None
    sip_auth_password: str | None = None
    machine_detection: str | None = None
    machine_detection_timeout: Number | None = None
    machine_detection_speech_threshold: Number | None = None
    machine_detection_speech_end_threshold: Number | None = None
    machine_detection_silence_timeout: Number | None = None
    trim: str | None = None
    caller_id: str | None = None
    byoc: Annotated[str, _sid("BY")] | None = None
    call_reason: str | None = None
    call_token: str | None = None
    time_limit: Number | None = None
    client_notification_url: Url | None = None


class CreateCall(_Dialling):
    url: Url | None = None
    twiml: str | None = None
    application_sid: Annotated[str, _sid("AP")] | None = None
    method: Method = "POST"
    fallback_url: Url | None = None
    fallback_method: Method | None = None
    send_digits: str | None = None
    async_amd: str | None = None
    async_amd_status_callback: Url | None = None
    async_amd_status_callback_method: Method | None = None


class UpdateCall(Form):
    codes = {"Url": (21205, "Url is not a valid URL."), "Status": (21218, "Invalid call status.")}

    url: Url | None = None
    twiml: str | None = None
    method: Method = "POST"
    status: Literal["canceled", "completed"] | None = None
    fallback_url: Url | None = None
    fallback_method: Method | None = None
    status_callback: Url | None = None
    status_callback_method: Method | None = None
    time_limit: Number | None = None


class CreateParticipant(_Dialling):
    codes = {**_Dialling.codes, "Label": (16024, "Participant label invalid: max 128 chars, not a CallSid, no '/'")}

    label: Annotated[str, AfterValidator(_check_label)] = ""
    muted: Flag = False
    beep: str | None = None
    start_conference_on_enter: Flag = True
    end_conference_on_exit: Flag = False
    wait_url: Url | None = None
    wait_method: Method = "POST"
    early_media: Flag | None = None
    max_participants: Number | None = None
    conference_record: str | None = None
    conference_trim: str | None = None
    conference_status_callback: Url | None = None
    conference_status_callback_method: Method = "POST"
    conference_status_callback_event: list[str] = []
    conference_recording_status_callback: Url | None = None
    conference_recording_status_callback_method: Method | None = None
    conference_recording_status_callback_event: list[str] = []
    region: str | None = None
    coaching: Flag = False
    call_sid_to_coach: CallSid | None = None
    jitter_buffer_size: str | None = None
    amd_status_callback: Url | None = None
    amd_status_callback_method: Method | None = None
    caller_display_name: str | None = None


class UpdateParticipant(Form):
    muted: Flag | None = None
    hold: Flag | None = None
    hold_url: Url | None = None
    hold_method: Method = "GET"
    announce_url: Url | None = None
    announce_method: Method = "POST"
    wait_url: Url | None = None
    wait_method: Method = "POST"
    beep_on_exit: Flag | None = None
    end_conference_on_exit: Flag | None = None
    coaching: Flag | None = None
    call_sid_to_coach: CallSid | None = None


class UpdateConference(Form):
    status: Literal["completed"] | None = None
    announce_url: Url | None = None
    announce_method: Method = "POST"


AnyForm = TypeVar("AnyForm", bound=Form)


def read_form(model: type[AnyForm], body: bytes) -> AnyForm:
    """A checked request. Raises ApiError with the provider's code for the first parameter that is wrong."""
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=500)
    except ValueError as error:  # UnicodeDecodeError is one
        raise ApiError(400, 20001, f"The body is no form: {error}") from None
    values: dict[str, Any] = {}
    for name, value in pairs:
        if name in _lists(model):
            values.setdefault(name, []).append(value)
        else:
            values[name] = value
    try:
        return model.model_validate(values)
    except ValidationError as error:
        name = str(error.errors()[0]["loc"][0])
        code, message = model.codes.get(name, (20001, f"Parameter '{name}' is not valid"))
        if name == "To" and name not in values:
            code, message = 21604 if model is CreateMessage else 21201, "A 'To' phone number is required."
        raise ApiError(400, code, message) from None


_LISTS: dict[type[Form], frozenset[str]] = {}


def _lists(model: type[Form]) -> frozenset[str]:
    """The parameters that may occur several times."""
    if model not in _LISTS:
        fields = model.model_fields.values()
        _LISTS[model] = frozenset(str(field.alias) for field in fields if get_origin(field.annotation) is list)
    return _LISTS[model]


class CreateCallRecording(Form):
    recording_status_callback: Url | None = None
    recording_status_callback_method: Method = "POST"
    recording_status_callback_event: list[str] = []
    recording_channels: Literal["mono", "dual"] = "mono"
    recording_track: Literal["inbound", "outbound", "both"] = "both"
    trim: Literal["trim-silence", "do-not-trim"] = "do-not-trim"


class UpdateCallRecording(Form):
    status: Literal["in-progress", "paused", "stopped"]
    pause_behavior: Literal["skip", "silence"] = "silence"

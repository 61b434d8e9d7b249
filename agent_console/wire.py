"""The wire between the hub and the screens, in one place.

The rule of this file: it names the sockets' events and every model that they send. The build of the web bundle
generates the screens' TypeScript from these models, so that the two sides cannot disagree.
`python -m agent_console.wire` prints their JSON Schema.

`/desk`, on connect: {desk: id of the page}, which is the same after a reconnect.
`/desk`, client to hub:
    resume(ResumeRequest) -> ResumeAnswer          after each connect, and when a number is missing
    command(Command) -> CommandAnswer              answered when stored and decided
    typing({interaction_id})                       told to the customer, not stored
`/desk`, hub to client:
    events(list[NumberedEvent])                    numbers grow by one for each agent; after a gap: resume
    queues(list[QueueLine])                        not numbered: the newest one replaces all before
    typing({interaction_id}), signed_out({reason}), moving({})
`/wallboard`, client to hub: command(BoardCommand) -> CommandAnswer
`/wallboard`, hub to client: board(WallboardView), when it changed, at most once a second;
    read_along(ReadAlong), to a supervisor who reads along, when it changed; signed_out({reason}).
"""

import json
import sys
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from agent_console.commands import BoardCommand, Command, CommandAnswer
from agent_console.consent_views import ConsentsView
from agent_console.customer_views import (
    ChangeRequest,
    CustomerMark,
    CustomerPage,
    HistoryView,
    HoldingRequest,
    ReasonRequest,
    RelationRequest,
)
from agent_console.events import NumberedEvent, ResumeAnswer, ResumeRequest
from agent_console.explanation import (
    CandidatesView,
    EstimatesView,
    ExplanationView,
    HeldView,
    InHandView,
    UnfinishedView,
    WaitingView,
)
from agent_console.fact_kinds import FactKind
from agent_console.found_customers import FoundCustomersView
from agent_console.import_views import InAndOut
from agent_console.match_views import SamePerson
from agent_console.policy_views import HeadStartsRequest, PolicyAnswer
from agent_console.private_data import Address, Private, Words
from agent_console.private_views import Privacy
from agent_console.receivers import ReceiversView
from agent_console.recorded import HeardRequest, HearingView, ProvenView, RecordingsView, SoundView
from agent_console.script_editing_views import ScriptEditing
from agent_console.script_views import ScriptListView
from agent_console.segment_views import (
    CountProgress,
    EstimateRequest,
    EstimateView,
    FlowView,
    MembersView,
    SegmentDetail,
    SegmentImports,
    SegmentRequest,
    SegmentSaved,
    SegmentsView,
)
from agent_console.tier_views import FixedTiersView, FixTierRequest, LifecycleView, TierReason, TiersView
from agent_console.views import ChannelView, DeskSnapshot, MessageView, StaffView, Wire
from agent_console.wallboard_views import ReadAlong, WallboardView


class SignInRequest(Wire):
    """POST /api/sign-in -> StaffView and the session cookie, or 401 {"code": "wrong_sign_in"}."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    password: Annotated[str, Field(min_length=1, max_length=1000)]


class ChangePasswordRequest(Wire):
    """POST /api/password -> StaffView and a new session, or 401 {"code": "wrong_sign_in"}. 400 {"code":
    "poor_password"}: the new password has fewer than 12 characters or is the old one. The sign-in answers 403
    {"code": "must_change_password"} when it needs this, because a first password is good for one sign-in."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    password: Annotated[str, Field(min_length=1, max_length=1000)]
    new_password: Annotated[str, Field(min_length=1, max_length=1000)]


class SignInOptions(Wire):
    """GET /api/sign-in: what the sign-in screen shows. `samples` is empty except in the demo."""

    organisation: str
    samples: list["SampleStaff"] = []


class SampleStaff(Wire):
    name: str  # to sign in with
    full_name: str
    password: str
    roles: list[str]


class ConversationView(Wire):
    """GET /api/customers/{id}/conversation?before=MS: the newest page of messages before that instant, of all
    channels, in order of time."""

    messages: list[MessageView]
    counts: dict[str, int]  # channel -> interactions
    has_more: bool


class SetAsideArrival(Wire):
    """An arrival that could not be handled. `kind` is the class of the notice, or "command". `channel` is empty if it
    belongs to no channel."""

    id: int
    channel: str
    kind: str
    received_at: int
    tries: int
    problem: Annotated[str, Private.ADDRESSES, Private.TEXTS]


class SetAsideView(Wire):
    """GET /api/inbox/set-aside: the oldest arrivals that were set aside. POST /api/inbox/{id}/run-again has one
    handled again."""

    arrivals: list[SetAsideArrival]
    channels: list[ChannelView]
    has_more: bool


class SessionView(Wire):
    """A session of a sign-in. `browser` is what the browser says of itself (User-Agent), `used_at` is right to about
    a minute, and `is_this` marks the session that asks."""

    id: str
    browser: str
    address: str
    began_at: int
    used_at: int
    ends_at: int
    is_this: bool


class SessionsView(Wire):
    """GET /api/me/sessions gives the sessions of the person who asks, and GET /api/staff/{id}/sessions those of
    anybody: the last used comes first. POST to .../{session}/end ends one; its screens close within seconds."""

    sessions: list[SessionView]


class StaffMemberView(Wire):
    id: str
    name: str
    roles: list[str]
    is_disabled: bool


class StaffListView(Wire):
    """GET /api/staff, for administrators."""

    staff: list[StaffMemberView]


class FiledMail(Wire):
    """A mail in which a program reports something, and which answers no mail of ours: a bounce, an absence, a
    receipt, feedback or a calendar entry."""

    id: int
    at: int
    kind: str
    our_address: str
    from_domain: str  # empty: the mail names no address


class FiledMailsView(Wire):
    """GET /api/mails/filed: the newest filed mails, or with ?before=ID the next older ones."""

    mails: list[FiledMail]
    has_more: bool


class OpenSetAsideRequest(Wire):
    """POST /api/inbox/{id}/open -> SetAsideContent; 400 {"code": "reason_needed"} for less than ten characters."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=10, max_length=500)]


class SetAsideContent(Wire):
    body: Annotated[str, Private.ADDRESSES, Private.TEXTS]  # as it was stored, JSON
    problem: Annotated[str, Private.ADDRESSES, Private.TEXTS]  # in full


class AuditLine(Wire):
    """One entry of the audit trail. `staff_name` is empty if no member of staff did it. `subject` is an id. `queue`
    is the queue of the work; it is empty if the entry is not about work. `detail` is JSON."""

    id: int
    at: int
    staff_id: str
    staff_name: str
    action: str
    subject: str
    customer_id: str
    queue: str
    detail: Annotated[dict[str, str | int | float | bool | list[str] | None], Private.TEXTS]


class AuditView(Wire):
    """GET /api/audit?staff=&customer=&action=&queue=&day=2026-11-29&before=ID: the entries that match, newest first.
    `people`, `actions` and `queues` have the values that can be asked for."""

    lines: list[AuditLine]
    has_more: bool
    people: dict[str, str]  # id -> name
    actions: list[str]
    queues: dict[str, dict[str, str]]  # id -> its names by language
    is_whole: bool  # False: only the trail of their queues


class OwnPhoneView(Wire):
    """GET /api/me/phone: the agent's own number in E.164; empty: they have none. `countries` has the ISO 3166 codes
    of the countries that the number may be in. `has_softphone`: without a number, they answer in their browser.
    `checking`: the number that was just told a code; else empty."""

    number: str
    checking: str
    has_softphone: bool
    countries: list[str]


class SetPhoneRequest(Wire):
    """POST /api/me/phone -> OwnPhoneView. An empty number removes it. Another number is called and told a code, and
    stays `checking` until the code is typed. 400 {"code", "field": "number"} has one of the codes no_number,
    emergency_number, costly_number, own_number, region_not_allowed; 429 checks_capped; 502 no_call."""

    number: Annotated[str, Field(max_length=40)]


class CheckPhoneRequest(Wire):
    """POST /api/me/phone/code -> OwnPhoneView with the number whose code this is. 400 {"code", "field": "code"} has
    one of the codes code_wrong, code_over."""

    code: Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[0-9]{1,12}$")]


class SoftphoneToken(Wire):
    """GET /api/softphone/token, and GET /api/softphone/echo-token for one check of the agent's own voice: with it the
    browser registers at the provider. An empty token: there is none, because the hub has no softphones or calls reach
    the agent at their own number. The echo is 404 {"code": "no_softphone"} where there is no check.

    `driver`: whose protocol the browser speaks. `url`: the sandbox's address for sound; `edge`: where the provider's
    library connects, if it must not choose. `seconds`: how long the token is good. `is_called`: whether calls can be
    answered with it."""

    token: str
    identity: str
    seconds: int
    is_called: bool
    driver: Literal["twilio", "sandbox"]
    url: str
    edge: str


class SoftphoneState(Wire):
    """POST /api/softphone/state: whether the agent's browser can be their telephone. While it cannot, an agent
    without a number of their own is offered no calls. `is_opened`: the desk is their telephone, and beats over its
    socket every second while a call is heard in it."""

    is_usable: bool
    is_opened: bool = False


class CallScriptView(Wire):
    id: str
    title: str
    language: str


class CallOptionsView(Wire):
    """GET /api/me/call-options: before a call, the numbers that may be shown, the usual one first, and the scripts
    for calls."""

    numbers: list[str]
    scripts: list[CallScriptView]


class AgreedCallView(Wire):
    """A call that is agreed for a time. `at`: by the wall clock. `local_at`: by the organisation's. `time_zones`: in
    which the customer may be, as they said or as their number tells; none if nobody knows."""

    id: str
    at: int
    local_at: str
    time_zones: list[str]
    customer_name: Address
    address: Address
    queue: str
    agent_name: str
    note: Words


class AgreedCallsView(Wire):
    """GET /api/me/agreed-calls: the next calls of this person, and of the queues that they supervise."""

    calls: list[AgreedCallView]


class Everything(Wire):
    """Only for the schema: it names every model that the screens use."""

    snapshot: DeskSnapshot
    event: NumberedEvent
    command: Command
    board_command: BoardCommand
    answer: CommandAnswer
    resume: ResumeRequest
    resumed: ResumeAnswer
    wallboard: WallboardView
    read_along: ReadAlong
    staff: StaffView
    sign_in: SignInRequest
    change_password: ChangePasswordRequest
    sign_in_options: SignInOptions
    conversation: ConversationView
    customer: CustomerPage
    customer_history: HistoryView
    customer_mark: CustomerMark
    open_customer: ReasonRequest
    privacy: Privacy
    change_customer: ChangeRequest
    segments: SegmentsView
    segment: SegmentDetail
    segment_flow: FlowView
    segment_members: MembersView
    segment_estimate: EstimateView
    ask_estimate: EstimateRequest
    segment_count: CountProgress
    change_segment: SegmentRequest
    segment_saved: SegmentSaved
    segment_imports: SegmentImports
    script_editing: ScriptEditing
    tiers: TiersView
    fixed_tiers: FixedTiersView
    lifecycle: LifecycleView
    tier_reason: TierReason
    fix_tier: FixTierRequest
    head_starts: HeadStartsRequest
    policy_answer: PolicyAnswer
    in_and_out: InAndOut
    put_holding: HoldingRequest
    same_person: SamePerson
    change_relation: RelationRequest
    explanation: ExplanationView
    waiting: WaitingView
    held: HeldView
    in_hand: InHandView
    unfinished: UnfinishedView
    candidates: CandidatesView
    estimates: EstimatesView
    scripts: ScriptListView
    set_aside: SetAsideView
    sessions: SessionsView
    fact: FactKind
    people: StaffListView

    filed_mails: FiledMailsView
    open_set_aside: OpenSetAsideRequest
    set_aside_content: SetAsideContent
    audit: AuditView
    own_phone: OwnPhoneView
    call_options: CallOptionsView
    agreed_calls: AgreedCallsView
    set_phone: SetPhoneRequest
    check_phone: CheckPhoneRequest
    receivers: ReceiversView
    sound: SoundView
    proven: ProvenView
    hearing: HearingView
    heard: HeardRequest
    recordings: RecordingsView
    found_customers: FoundCustomersView
    consents: ConsentsView
    softphone_token: SoftphoneToken
    softphone_state: SoftphoneState


if __name__ == "__main__":
    json.dump(Everything.model_json_schema(mode="serialization"), sys.stdout)
